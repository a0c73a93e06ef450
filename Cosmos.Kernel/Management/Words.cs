using System;
using System.Buffers.Text;

namespace Multicosm.Management;

/// <summary>Cuts a command line at its blanks.</summary>
public static class Words
{
    /// <summary>Takes the first word of <paramref name="rest"/>; empty if there is none.</summary>
    public static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart((byte)' ');
        int end = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..].TrimStart((byte)' ');
        return word;
    }

    /// <summary>Reads a decimal number that is the whole of <paramref name="word"/>.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> word, out uint value)
        => Utf8Parser.TryParse(word, out value, out int consumed) && consumed == word.Length;
}
