namespace Multicosm.Decoder;

/// <summary>A VEX prefix of two or three bytes.</summary>
/// <source>SDM 2A, "Intel Advanced Vector Extensions (Intel AVX)"</source>
internal readonly struct VexPrefix
{
    private const byte Short = 0xC5;
    private const byte Long = 0xC4;
    private const byte Registers = 0xC0;

    private readonly byte _first;
    private readonly byte _last;
    private readonly bool _isShort;

    private VexPrefix(byte first, byte last, bool isShort)
    {
        _first = first;
        _last = last;
        _isShort = isShort;
    }

    /// <summary>The opcode map: 1 for 0F, 2 for 0F 38, 3 for 0F 3A.</summary>
    internal int Map => _isShort ? 1 : _first & 31;

    /// <summary>The prefix that is part of the opcode: none, 66, F3 or F2.</summary>
    internal int Prefix => _last & 3;

    /// <summary>256 bits.</summary>
    internal bool IsLong => (_last & 4) != 0;

    /// <summary>W, which only the long form has.</summary>
    internal bool IsWide => !_isShort && (_last & 0x80) != 0;

    /// <summary>True if a third register is named, which moves with memory do not have.</summary>
    internal bool HasThirdRegister => (_last & 0x78) != 0x78;

    /// <summary>True if <paramref name="opcode"/> begins a VEX prefix: outside 64-bit mode LDS and LES begin so, which have a memory operand.</summary>
    internal static bool Begins(byte opcode, ref InstructionCursor cursor, CodeMode mode) =>
        opcode is Short or Long && (mode == CodeMode.Bits64 || cursor.Peek() >= Registers);

    /// <summary>Reads the rest of it, whose REX-like bits go to <paramref name="prefixes"/>.</summary>
    internal static VexPrefix Read(byte opcode, ref InstructionCursor cursor, CodeMode mode, ref InstructionPrefixes prefixes)
    {
        byte first = cursor.Next();
        bool isShort = opcode == Short;
        VexPrefix vex = new(first, isShort ? first : cursor.Next(), isShort);
        if (mode == CodeMode.Bits64)
        {
            int inverted = ~first >> 5 & (isShort ? 4 : 7);
            prefixes.TakeVex((byte)(0x40 | inverted | (!isShort && (vex._last & 0x80) != 0 ? 8 : 0)));
        }

        return vex;
    }
}
