namespace Multicosm.Decoder;

/// <summary>A decoded instruction that user programs may not execute, or not always.</summary>
public struct PrivilegedInstruction
{
    /// <summary>Length in bytes, 1 to 15.</summary>
    public byte Length;

    /// <summary>What it does.</summary>
    public PrivilegedOperation Operation;

    /// <summary>Size of the operand in bytes: of the port for I/O (1, 2 or 4), of the register for MOV (4 or 8).</summary>
    public byte SizeBytes;

    /// <summary>For MOV and LMSW the general register (0 = rAX .. 15 = R15).</summary>
    public byte Register;

    /// <summary>For MOV the number of the control or debug register; for INT the vector; for IN and OUT the port, unless it is in DX.</summary>
    public byte Number;

    /// <summary>True if the port of IN or OUT is in DX; always so for INS and OUTS.</summary>
    public bool IsPortInDx;

    /// <summary>The repeat prefix of INS and OUTS; None for others.</summary>
    public RepeatPrefix Repeat;

    /// <summary>Address size of INS and OUTS in bytes: 2, 4 or 8.</summary>
    public byte AddressSizeBytes;

    /// <summary>Segment of what OUTS reads.</summary>
    public SegmentRegister Segment;
}
