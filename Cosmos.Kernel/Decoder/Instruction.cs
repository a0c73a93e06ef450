namespace Multicosm.Decoder;

/// <summary>A decoded instruction with one explicit memory operand (MOVS and CMPS: two; PUSH, POP and CALL use the stack as well).</summary>
public struct Instruction
{
    /// <summary>Register number: there is none, <see cref="Immediate"/> is the source.</summary>
    public const byte NoRegister = 0xFF;

    /// <summary>Length in bytes, 1 to 15.</summary>
    public byte Length;

    /// <summary>What it does.</summary>
    public Operation Operation;

    /// <summary>Which way data moves.</summary>
    public Direction Direction;

    /// <summary>Size of the memory access in bytes: 1, 2, 4 or 8; 16 for a pair or XMM, 32 for YMM.</summary>
    public byte MemorySizeBytes;

    /// <summary>
    /// Size of the register operand in bytes: 1, 2, 4 or 8; 4 clears bits 63:32 of the register. Equals <see cref="MemorySizeBytes"/> unless extended.
    /// Of a vector register 16, or 32 for YMM.
    /// </summary>
    public byte RegisterSizeBytes;

    /// <summary>The register operand (0 = rAX .. 15 = R15) or <see cref="NoRegister"/>. With <see cref="IsHighByte"/>: 0..3 for AH, CH, DH, BH.</summary>
    public byte Register;

    /// <summary>What <see cref="Register"/> counts.</summary>
    public RegisterKind RegisterKind;

    /// <summary>True if the register is the first operand: it gets the result, and of a comparison it is the minuend.</summary>
    public bool IsRegisterFirst;

    /// <summary>True if the register operand is bits 15:8 of <see cref="Register"/>.</summary>
    public bool IsHighByte;

    /// <summary>True if memory is changed in one step that other processors cannot come between: LOCK, or XCHG.</summary>
    public bool IsAtomic;

    /// <summary>How a load is extended.</summary>
    public Extension Extension;

    /// <summary>The repeat prefix of a string operation; None for others.</summary>
    public RepeatPrefix Repeat;

    /// <summary>SETcc and CMOVcc: the condition's number, 0 to 15, as in the opcode.</summary>
    public byte Condition;

    /// <summary>True if CL says how far to shift.</summary>
    public bool IsCountInCl;

    /// <summary>True if memory must be aligned to its size, else #GP(0).</summary>
    public bool IsAligned;

    /// <summary>True with a VEX prefix: a load clears all of the vector register that it does not write.</summary>
    public bool IsVex;

    /// <summary>True if there is an immediate source operand.</summary>
    public bool HasImmediate;

    /// <summary>The immediate, sign-extended to 64 bits; store its low <see cref="MemorySizeBytes"/> bytes.</summary>
    public long Immediate;

    /// <summary>The memory operand; for MOVS and CMPS the first, DS:rSI, whose second is ES:rDI with the same address size.</summary>
    public MemoryOperand Memory;

    /// <summary>Sets the register operand to the one of this number in ModRM and REX.</summary>
    internal void SetRegister(int number, int sizeBytes, bool hasRex)
    {
        IsHighByte = sizeBytes == 1 && number >= 4 && !hasRex;
        Register = (byte)(IsHighByte ? number & 3 : number);
        RegisterSizeBytes = (byte)sizeBytes;
    }
}
