namespace Multicosm.Decoder.Access;

/// <summary>Which memory an instruction uses, whatever it does with it.</summary>
public struct MemoryAccess
{
    /// <summary><see cref="SizeBytes"/> of XSAVE, XRSTOR and their like: as much as XCR0 and IA32_XSS make it.</summary>
    public const int ExtendedState = -1;

    /// <summary>The instruction's length in bytes.</summary>
    public byte Length;

    /// <summary>True if the memory operand is read.</summary>
    public bool IsRead;

    /// <summary>True if it is written.</summary>
    public bool IsWritten;

    /// <summary>The operand's size in bytes; 0 if there is none, or <see cref="ExtendedState"/>.</summary>
    public int SizeBytes;

    /// <summary>Bytes that are popped off the stack or, negative, pushed; 0 for none.</summary>
    public int StackBytes;

    /// <summary>True if AL is added to the operand's address (XLAT).</summary>
    public bool AddsAccumulator;

    /// <summary>Where the operand is.</summary>
    public MemoryOperand Memory;

    /// <summary>Sets size and direction by a letter of the tables; a capital is written, a small one read. False for any other character.</summary>
    internal bool TrySet(byte letter, int vectorBytes, in InstructionPrefixes prefixes)
    {
        IsWritten = letter is >= (byte)'A' and <= (byte)'Z';
        SizeBytes = (letter | 0x20) switch
        {
            'b' => 1,
            'w' => 2,
            'd' => 4,
            'q' => 8,
            't' => 10,
            'o' => 16,
            'x' => vectorBytes,
            'h' => vectorBytes / 2,
            'f' => vectorBytes / 4,
            'e' => vectorBytes / 8,
            'm' => vectorBytes == 16 ? 8 : vectorBytes,
            'y' => prefixes.IsWide ? 8 : 4,
            'v' => prefixes.OperandSizeBytes,
            'p' => prefixes.OperandSizeBytes + 2,
            'r' => prefixes.OperandSizeBytes * 2,
            'n' => prefixes.OperandSizeBytes == 2 ? 14 : 28,
            's' => prefixes.OperandSizeBytes == 2 ? 94 : 108,
            'u' => 512,
            'z' => ExtendedState,
            _ => 0,
        };
        IsRead = !IsWritten || SizeBytes == ExtendedState; // XSAVE changes some of the area's header
        return SizeBytes != 0;
    }
}
