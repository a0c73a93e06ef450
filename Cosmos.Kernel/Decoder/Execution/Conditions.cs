namespace Multicosm.Decoder.Execution;

/// <summary>The conditions of SETcc and CMOVcc.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class Conditions
{
    /// <summary>True if RFLAGS meet condition <paramref name="number"/> of an opcode, 0 to 15.</summary>
    public static bool IsMet(int number, ulong flags)
    {
        bool sign = (flags & StatusFlags.Sign) != 0;
        bool isLess = sign != ((flags & StatusFlags.Overflow) != 0);
        bool met = (number >> 1) switch
        {
            0 => (flags & StatusFlags.Overflow) != 0,
            1 => (flags & StatusFlags.Carry) != 0,
            2 => (flags & StatusFlags.Zero) != 0,
            3 => (flags & (StatusFlags.Carry | StatusFlags.Zero)) != 0,
            4 => sign,
            5 => (flags & StatusFlags.Parity) != 0,
            6 => isLess,
            _ => isLess || (flags & StatusFlags.Zero) != 0,
        };
        return met != ((number & 1) != 0);
    }
}
