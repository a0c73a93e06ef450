namespace Multicosm.Decoder;

/// <summary>The prefixes of an instruction, and what follows from them and the mode.</summary>
/// <source>SDM 2A, "Instruction Prefixes" and "REX Prefixes"</source>
internal struct InstructionPrefixes
{
    private const byte NoSegment = 0xFF;
    private const byte RexW = 8;
    private const byte RexR = 4;
    private const byte RexX = 2;
    private const byte RexB = 1;

    private CodeMode _mode;
    private byte _segment;
    private byte _rex;

    /// <summary>66.</summary>
    internal bool OperandSize { get; private set; }

    /// <summary>67.</summary>
    internal bool AddressSize { get; private set; }

    /// <summary>F0.</summary>
    internal bool Lock { get; private set; }

    /// <summary>The last of F2 and F3.</summary>
    internal RepeatPrefix Repeat { get; private set; }

    /// <summary>Any REX: byte registers 4..7 are SPL, BPL, SIL, DIL.</summary>
    internal readonly bool HasRex => _rex != 0;

    /// <summary>Added to ModRM.reg.</summary>
    internal readonly int RegisterExtension => (_rex & RexR) != 0 ? 8 : 0;

    /// <summary>Added to SIB.index.</summary>
    internal readonly int IndexExtension => (_rex & RexX) != 0 ? 8 : 0;

    /// <summary>Added to ModRM.rm or SIB.base.</summary>
    internal readonly int BaseExtension => (_rex & RexB) != 0 ? 8 : 0;

    /// <summary>Operand size in bytes of an instruction that is not a byte one.</summary>
    internal readonly int OperandSizeBytes
    {
        get
        {
            if ((_rex & RexW) != 0)
            {
                return 8;
            }

            return OperandSize == (_mode == CodeMode.Bits16) ? 4 : 2;
        }
    }

    /// <summary>Address size in bytes.</summary>
    internal readonly int AddressSizeBytes => _mode switch
    {
        CodeMode.Bits64 => AddressSize ? 4 : 8,
        CodeMode.Bits32 => AddressSize ? 2 : 4,
        _ => AddressSize ? 4 : 2,
    };

    /// <summary>REX.W, or its like in VEX.</summary>
    internal readonly bool IsWide => (_rex & RexW) != 0;

    /// <summary>Takes the bits of a VEX prefix that mean the same as REX has them.</summary>
    internal void TakeVex(byte rex) => _rex = rex;

    /// <summary>Reads all prefixes and the byte after them, which is the opcode's first.</summary>
    internal static InstructionPrefixes Read(ref InstructionCursor cursor, CodeMode mode, out byte opcode)
    {
        InstructionPrefixes prefixes = new() { _mode = mode, _segment = NoSegment };
        opcode = cursor.Next();
        while (cursor.Status == DecodeStatus.Success && prefixes.TryTake(opcode))
        {
            opcode = cursor.Next();
        }

        return prefixes;
    }

    /// <summary>The segment of an operand whose default is <paramref name="defaultSegment"/>.</summary>
    internal readonly SegmentRegister SegmentOr(SegmentRegister defaultSegment) => _segment == NoSegment ? defaultSegment : (SegmentRegister)_segment;

    private bool TryTake(byte value)
    {
        if (_mode == CodeMode.Bits64 && (value & 0xF0) == 0x40)
        {
            _rex = value;
            return true;
        }

        switch (value)
        {
            case 0x66:
                OperandSize = true;
                break;
            case 0x67:
                AddressSize = true;
                break;
            case 0xF0:
                Lock = true;
                break;
            case 0xF2:
                Repeat = RepeatPrefix.RepNe;
                break;
            case 0xF3:
                Repeat = RepeatPrefix.Rep;
                break;
            case 0x26 or 0x2E or 0x36 or 0x3E:
                // 64-bit mode has no use for these four: they neither set nor undo anything.
                _segment = _mode == CodeMode.Bits64 ? _segment : (byte)((value >> 3) & 3);
                break;
            case 0x64 or 0x65:
                _segment = (byte)(value & 7);
                break;
            default:
                return false;
        }

        _rex = 0; // REX counts only right before the opcode
        return true;
    }
}
