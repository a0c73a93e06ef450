using System;

namespace Multicosm.Vmx.Capabilities;

/// <summary>Pin-based VM-execution controls.</summary>
/// <source>SDM 3C, "Pin-Based VM-Execution Controls"</source>
[Flags]
internal enum PinControls : uint
{
    None = 0,
    ExternalInterruptExiting = 1u << 0,
    NmiExiting = 1u << 3,
    VirtualNmis = 1u << 5,
    PreemptionTimer = 1u << 6,
}
