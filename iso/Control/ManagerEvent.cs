using System.Text.Json;

namespace Multicosm.Control;

/// <summary>Something that happened at the manager's.</summary>
/// <param name="Line">The line as it came.</param>
/// <param name="Json">The same, read.</param>
internal sealed record ManagerEvent(string Line, JsonElement Json)
{
    /// <summary>Which kind: hello, state, crash, console, notice, dropped.</summary>
    public string Kind => Text("event");

    /// <summary>The domain that it is about; empty if it is about none.</summary>
    public string Domain => LatinText.Decode(Text("domain"));

    /// <summary>The domain's number; 0 if it is about none.</summary>
    public ulong Id => Number("id");

    /// <summary>The state that the domain is in now.</summary>
    public string State => Text("new");

    /// <summary>Why.</summary>
    public string Reason => LatinText.Decode(Text("reason"));

    /// <summary>Lines for people.</summary>
    public string Message => LatinText.Decode(Text("text"));

    /// <summary>What a console printed.</summary>
    public byte[] Data => LatinText.Bytes(Text("data"));

    /// <summary>Position of the first byte of <see cref="Data"/>.</summary>
    public ulong Position => Number("position");

    private ulong Number(string name) => Json.TryGetProperty(name, out JsonElement value) && value.TryGetUInt64(out ulong number) ? number : 0;

    private string Text(string name) => Json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
