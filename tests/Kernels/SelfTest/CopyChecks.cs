namespace Multicosm.SelfTest;

/// <summary>memmove and memset of the runtime against a loop that cannot be wrong.</summary>
internal sealed unsafe class CopyChecks(Report report)
{
    private const int Bytes = 640;
    private const int Start = 200;
    private const int MaximumLength = 200;
    private readonly byte[] _actual = new byte[Bytes];
    private readonly byte[] _expected = new byte[Bytes];
    private readonly byte[] _source = new byte[Bytes];
    private static readonly int[] s_distances = [-130, -65, -64, -63, -17, -16, -9, -8, -7, -3, -2, -1, 0, 1, 2, 3, 7, 8, 9, 16, 17, 63, 64, 65, 130];

    /// <summary>Both.</summary>
    public void Run()
    {
        for (int i = 0; i < Bytes; i++)
        {
            _source[i] = (byte)((i * 7) + (i >> 5) + 1);
        }

        CheckMove();
        CheckSet();
    }

    private void CheckMove()
    {
        ulong wrong = 0;
        for (int alignment = 0; alignment <= 16; alignment++)
        {
            for (int i = 0; i < s_distances.Length; i++)
            {
                for (int length = 0; length <= MaximumLength; length++)
                {
                    wrong += IsMoved(Start + alignment, Start + alignment + s_distances[i], length) ? 0u : 1;
                }
            }
        }

        report.Check("memmove"u8, wrong == 0, "wrong copies"u8, wrong);
    }

    private bool IsMoved(int from, int to, int length)
    {
        Fill();
        for (int i = 0; i < length; i++)
        {
            _expected[to + i] = _source[from + i];
        }

        fixed (byte* buffer = _actual)
        {
            return Native.Move(buffer + to, buffer + from, (nuint)length) == buffer + to && IsAsExpected();
        }
    }

    private void CheckSet()
    {
        ulong wrong = 0;
        for (int alignment = 0; alignment <= 16; alignment++)
        {
            for (int length = 0; length <= MaximumLength; length++)
            {
                wrong += IsSet(Start + alignment, 0x1A5, length) ? 0u : 1; // the value is taken as a byte
            }
        }

        report.Check("memset"u8, wrong == 0, "wrong fills"u8, wrong);
    }

    private bool IsSet(int to, int value, int length)
    {
        Fill();
        for (int i = 0; i < length; i++)
        {
            _expected[to + i] = (byte)value;
        }

        fixed (byte* buffer = _actual)
        {
            return Native.Set(buffer + to, value, (nuint)length) == buffer + to && IsAsExpected();
        }
    }

    // By words: memmove is not to be trusted here.
    private void Fill()
    {
        fixed (byte* source = _source, actual = _actual, expected = _expected)
        {
            for (int i = 0; i < Bytes / 8; i++)
            {
                ((ulong*)actual)[i] = ((ulong*)source)[i];
                ((ulong*)expected)[i] = ((ulong*)source)[i];
            }
        }
    }

    private bool IsAsExpected()
    {
        fixed (byte* actual = _actual, expected = _expected)
        {
            ulong difference = 0;
            for (int i = 0; i < Bytes / 8; i++)
            {
                difference |= ((ulong*)actual)[i] ^ ((ulong*)expected)[i];
            }

            return difference == 0;
        }
    }
}
