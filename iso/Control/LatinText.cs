using System.Text;

namespace Multicosm.Control;

/// <summary>Bytes as characters of a JSON string, one each: see the protocol in ARCHITECTURE.md.</summary>
internal static class LatinText
{
    /// <summary>The bytes that the characters stand for.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The characters for <paramref name="bytes"/>.</summary>
    public static string From(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>The characters for a text of people, in UTF-8.</summary>
    public static string Encode(string text) => From(Encoding.UTF8.GetBytes(text));

    /// <summary>The text of people that the characters stand for.</summary>
    public static string Decode(string text) => Encoding.UTF8.GetString(Bytes(text));
}
