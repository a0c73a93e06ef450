namespace Multicosm.Paravirt.Emulation;

/// <summary>How a model-specific register answers a PV guest.</summary>
internal enum GuestMsrKind : byte
{
    /// <summary>Reads give the row's value, writes are #GP(0).</summary>
    Constant,

    /// <summary>Reads give the row's value; so must writes, else they are #GP(0).</summary>
    Fixed,

    /// <summary>Reads give the row's value, writes are dropped.</summary>
    Dropped,

    /// <summary>The row's value, and the flag of the bootstrap processor for vCPU 0.</summary>
    ApicBase,

    /// <summary>The row's value, and fast strings where CPUID shows them; writes are dropped.</summary>
    MiscEnable,

    /// <summary>The time-stamp counter.</summary>
    TimeStamp,

    /// <summary>Reads give the row's value; what is written is the caller's.</summary>
    HypercallPage,

    /// <summary>Base of FS.</summary>
    FsBase,

    /// <summary>Base of GS now.</summary>
    GsBase,

    /// <summary>Base of GS in the other of kernel and user mode.</summary>
    InactiveGsBase,
}
