using System;

namespace Multicosm.Management.Editing;

/// <summary>Finds what all candidates that begin like a word have in common.</summary>
public sealed class WordCompleter(CompletionSource source)
{
    private const int ListedAtMost = 64;
    private const int Columns = 79;

    private readonly byte[] _common = new byte[LineEditor.MaximumBytes];
    private int _commonLength;
    private int _wordLength;

    /// <summary>Different candidates that begin like the word; two stand for all above one.</summary>
    public int Count { get; private set; }

    /// <summary>What all of them have behind the word.</summary>
    public ReadOnlySpan<byte> Addition => new(_common, _wordLength, Math.Max(_commonLength - _wordLength, 0));

    /// <summary>Looks for candidates for the last word of <paramref name="line"/>, which ends at the cursor.</summary>
    public void Find(ReadOnlySpan<byte> line)
    {
        _wordLength = source.Begin(line);
        _commonLength = 0;
        Count = 0;
        ReadOnlySpan<byte> word = line[^_wordLength..];
        for (int i = 0; source.TryGet(i, out ReadOnlySpan<byte> candidate); i++)
        {
            if (Matches(candidate, word))
            {
                Take(candidate);
            }
        }

        _wordLength = Math.Min(_wordLength, _commonLength);
    }

    /// <summary>Writes the candidates for the last word of <paramref name="line"/> as lines of words.</summary>
    public void List(HostTerminal terminal, ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> word = line[^source.Begin(line)..];
        int column = 0;
        int listed = 0;
        int more = 0;
        for (int i = 0; source.TryGet(i, out ReadOnlySpan<byte> candidate); i++)
        {
            if (!Matches(candidate, word))
            {
                continue;
            }

            if (++listed > ListedAtMost)
            {
                more++;
                continue;
            }

            bool fits = column + 2 + candidate.Length <= Columns;
            terminal.Write(column == 0 ? ""u8 : fits ? "  "u8 : "\n"u8);
            column = column == 0 || !fits ? candidate.Length : column + 2 + candidate.Length;
            terminal.Write(candidate);
        }

        if (more > 0)
        {
            terminal.Write("\nand "u8);
            terminal.WriteNumber((ulong)more);
            terminal.Write(" more"u8);
        }
    }

    private static bool Matches(ReadOnlySpan<byte> candidate, ReadOnlySpan<byte> word) => !candidate.IsEmpty && candidate.StartsWith(word);

    private void Take(ReadOnlySpan<byte> candidate)
    {
        ReadOnlySpan<byte> common = new(_common, 0, _commonLength);
        if (Count == 0)
        {
            _commonLength = Math.Min(candidate.Length, _common.Length);
            candidate[.._commonLength].CopyTo(_common);
            Count = 1;
        }
        else if (!candidate.SequenceEqual(common))
        {
            _commonLength = candidate.CommonPrefixLength(common);
            Count = 2;
        }
    }
}
