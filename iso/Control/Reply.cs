using System.Text.Json;

namespace Multicosm.Control;

/// <summary>The manager's reply to a request.</summary>
/// <param name="Line">The line as it came.</param>
/// <param name="Json">The same, read.</param>
internal sealed record Reply(string Line, JsonElement Json)
{
    /// <summary>True if the manager did as asked.</summary>
    public bool Ok => Json.TryGetProperty("ok", out JsonElement ok) && ok.ValueKind == JsonValueKind.True;

    /// <summary>The request's id.</summary>
    public string Id => Text("id");

    /// <summary>What the verb printed, a character a byte.</summary>
    public string RawText => Text("text");

    /// <summary>Why it was not done.</summary>
    public string Error => LatinText.Decode(Text("error"));

    /// <summary>The verb's data; undefined if there are none.</summary>
    public JsonElement Result => Json.TryGetProperty("result", out JsonElement result) ? result : default;

    private string Text(string name) => Json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
