using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using Multicosm.Management.Protocol;
using Multicosm.Unit.Configuration;
using Multicosm.Unit.Management;
using Xunit;

namespace Multicosm.Unit.Protocol;

/// <summary>The parser and the writer against System.Text.Json, on random documents and on documents with random damage.</summary>
public sealed class JsonPropertyTests
{
    private static readonly JsonSerializerOptions s_unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ProtocolFixture _fixture = new(); // one for all lines

    [RandomInput]
    public void Documents_are_read_as_the_oracle_reads_them(DoNotSize<int> seed)
    {
        Random random = new(seed.Item);
        string document = Document(random);
        Request request = new();
        JsonStatus status = request.Read(Encoding.UTF8.GetBytes(document));
        Assert.Equal(JsonStatus.Success, status);
        AssertSame(document, request);
    }

    [RandomInput]
    public void Damaged_documents_are_refused_where_the_oracle_refuses_them(DoNotSize<int> seed)
    {
        Random random = new(seed.Item);
        byte[] bytes = Encoding.UTF8.GetBytes(JsonEncodedText.Encode(Document(random)).ToString().Replace("\\u0022", "\"", StringComparison.Ordinal));
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            const string Interesting = "\"\\{}[]:,u0eE+-. tfn\u0001\n";
            bytes[random.Next(bytes.Length)] = (byte)Interesting[random.Next(Interesting.Length)];
        }

        bytes = bytes[..random.Next(1, bytes.Length + 1)];
        string text = Encoding.UTF8.GetString(bytes);
        Request request = new();
        JsonStatus status = request.Read([.. bytes]);
        bool isJson = IsJson(text);
        Assert.True(isJson || status != JsonStatus.Success, text);
        Assert.True(!isJson || status != JsonStatus.Malformed, text);
        if (status == JsonStatus.Success)
        {
            AssertSame(text, request);
        }
    }

    [RandomInput]
    public void Any_bytes_are_survived(byte[] bytes)
    {
        Request request = new();
        _ = request.Read([.. bytes ?? []]);
        _ = request.Read([.. "{\"verb\":\""u8, .. bytes ?? [], .. "\"}"u8]);
    }

    [RandomInput]
    public void A_line_of_any_bytes_gets_one_reply_a_line_and_what_follows_is_in_step(byte[] bytes)
    {
        byte[] line = [.. (bytes ?? []).Select(value => value is 2 or 3 or 0x1D or (byte)'\n' ? (byte)'x' : value)]; // these end line or mode
        foreach (byte value in line)
        {
            _fixture.Shell.Line.Type(((char)value).ToString());
        }

        JsonElement reply = _fixture.Send("}");
        Assert.False(reply.GetProperty("ok").GetBoolean());
        Assert.True(_fixture.Ask("hello").GetProperty("ok").GetBoolean());
    }

    [RandomInput]
    public void What_is_written_is_read_back(byte[] bytes)
    {
        FakeLine line = new();
        JsonWriter writer = new(new LineOutput(line));
        writer.OpenObject();
        writer.Member("a"u8, bytes ?? []);
        writer.Name("b"u8);
        writer.OpenArray();
        writer.Number(ulong.MaxValue);
        writer.Truth(true);
        writer.CloseArray();
        writer.Member("c"u8, 0);
        writer.CloseObject();
        JsonElement json = JsonDocument.Parse(line.Output).RootElement;
        Assert.Equal(bytes ?? [], Encoding.Latin1.GetBytes(json.GetProperty("a").GetString()!));
        Assert.Equal(ulong.MaxValue, json.GetProperty("b")[0].GetUInt64());
        Assert.Equal(0, json.GetProperty("c").GetInt32());
        Assert.DoesNotContain(line.Output, character => character is < ' ' or > '~');
    }

    [Theory]
    [InlineData(32, JsonStatus.NoVerb)]
    [InlineData(33, JsonStatus.TooDeep)]
    public void Depth_has_its_limit(int depth, JsonStatus expected)
        => Assert.Equal(expected, new Request().Read(Encoding.ASCII.GetBytes("{\"x\":" + new string('[', depth) + new string(']', depth) + "}")));

    [Fact]
    public void Arguments_have_their_number()
    {
        string[] words = [.. Enumerable.Repeat("a", 65)];
        Assert.Equal(JsonStatus.ManyArguments, new Request().Read(JsonSerializer.SerializeToUtf8Bytes(new { verb = "x", args = words })));
        Assert.Equal(JsonStatus.Success, new Request().Read(JsonSerializer.SerializeToUtf8Bytes(new { verb = "x", args = words[1..] })));
        Assert.Equal(JsonStatus.LongId, new Request().Read(JsonSerializer.SerializeToUtf8Bytes(new { verb = "x", id = new string('1', 65) })));
    }

    private static void AssertSame(string document, Request request)
    {
        JsonElement json = JsonDocument.Parse(document).RootElement;
        Assert.Equal(json.GetProperty("verb").GetString(), Encoding.Latin1.GetString(request.Verb));
        if (json.TryGetProperty("id", out JsonElement id) && id.ValueKind != JsonValueKind.Null)
        {
            Assert.Equal(id.ValueKind == JsonValueKind.String, request.HasTextId);
            Assert.Equal(request.HasTextId ? id.GetString() : id.GetRawText(), Encoding.Latin1.GetString(request.Id));
        }

        string[] expected = json.TryGetProperty("args", out JsonElement arguments) ? [.. arguments.EnumerateArray().Select(item => item.GetString()!)] : [];
        Assert.Equal(expected, Enumerable.Range(0, request.Count).Select(i => Encoding.Latin1.GetString(request.Argument(i))));
    }

    private static bool IsJson(string text)
    {
        try
        {
            _ = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Document(Random random)
    {
        List<string> members = [$"\"verb\":{Text(random, 1)}"];
        if (random.Next(4) != 0)
        {
            members.Add($"\"id\":{(random.Next(2) == 0 ? Number(random) : Text(random, 0))}");
        }

        if (random.Next(4) != 0)
        {
            members.Add($"\"args\":[{string.Join(Blank(random) + ",", Enumerable.Range(0, random.Next(5)).Select(_ => Text(random, 0)))}]");
        }

        for (int i = random.Next(3); i > 0; i--)
        {
            members.Add($"\"x{i}\"{Blank(random)}:{Value(random, 4)}");
        }

        string[] order = [.. members];
        random.Shuffle(order);
        return $"{Blank(random)}{{{string.Join(Blank(random) + "," + Blank(random), order)}}}{Blank(random)}";
    }

    private static string Value(Random random, int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => Text(random, 0),
        1 => Number(random),
        2 => "true",
        3 => "false",
        4 => "null",
        5 => $"[{string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)))}]",
        _ => $"{{{string.Join(",", Enumerable.Range(0, random.Next(4)).Select(i => $"\"{i}\":{Value(random, depth - 1)}"))}}}",
    };

    // No double quotes: a value with blanks and both kinds cannot be quoted for a verb.
    private static string Text(Random random, int least)
    {
        char[] letters = new char[random.Next(least, 12)];
        for (int i = 0; i < letters.Length; i++)
        {
            char letter = (char)random.Next(random.Next(2) == 0 ? 128 : 256);
            letters[i] = letter == '"' ? 'q' : letter;
        }

        return JsonSerializer.Serialize(new string(letters), random.Next(2) == 0 ? null : s_unescaped);
    }

    private static string Number(Random random) => random.Next(4) switch
    {
        0 => random.Next().ToString(),
        1 => "-" + random.Next(100),
        2 => $"{random.Next(10)}.{random.Next(1000)}",
        _ => $"{random.Next(10)}E{(random.Next(2) == 0 ? "+" : "-")}{random.Next(9)}",
    };

    private static string Blank(Random random) => random.Next(5) switch { 0 => " ", 1 => "\t", 2 => "\r", 3 => "\n ", _ => "" };
}
