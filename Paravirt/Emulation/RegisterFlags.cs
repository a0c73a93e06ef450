namespace Multicosm.Paravirt.Emulation;

/// <summary>Bits of RFLAGS.</summary>
/// <source>SDM 3A, "Control Registers"</source>
internal static class RegisterFlags
{
    /// <summary>TF: a #DB after each instruction.</summary>
    public const ulong Trap = 1 << 8;

    /// <summary>DF: strings go down.</summary>
    public const ulong Direction = 1 << 10;

    /// <summary>RF: no instruction breakpoint at the next instruction.</summary>
    public const ulong Resume = 1 << 16;
}
