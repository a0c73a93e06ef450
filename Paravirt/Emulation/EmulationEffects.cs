using System;

namespace Multicosm.Paravirt.Emulation;

/// <summary>Which of a vCPU's fields an emulated instruction has changed, so that the processor's own registers must follow while it is attached.</summary>
[Flags]
internal enum EmulationEffects : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><see cref="PvVcpu.FsBase"/>.</summary>
    FsBase = 1 << 0,

    /// <summary><see cref="PvVcpu.GsBase"/>.</summary>
    GsBase = 1 << 1,

    /// <summary>A debug register.</summary>
    Debug = 1 << 2,

    /// <summary><see cref="PvVcpu.Cr4"/>.</summary>
    Control4 = 1 << 3,

    /// <summary><see cref="PvVcpu.Xcr0"/>.</summary>
    ExtendedControl = 1 << 4,

    /// <summary><see cref="PvVcpu.IsTaskSwitched"/>.</summary>
    TaskSwitched = 1 << 5,

    /// <summary>RFLAGS.TF was set: a #DB for a single step follows.</summary>
    SingleStep = 1 << 6,
}
