namespace Multicosm.Decoder;

/// <summary>The code segment's default operand and address size.</summary>
public enum CodeMode : byte
{
    /// <summary>16-bit code: real mode, virtual-8086 mode, or CS.D = 0 outside 64-bit mode.</summary>
    Bits16,

    /// <summary>32-bit code: CS.D = 1 outside 64-bit mode.</summary>
    Bits32,

    /// <summary>64-bit code: IA32_EFER.LMA = 1 and CS.L = 1.</summary>
    Bits64,
}
