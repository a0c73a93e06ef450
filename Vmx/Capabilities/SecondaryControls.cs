using System;

namespace Multicosm.Vmx.Capabilities;

/// <summary>Secondary processor-based VM-execution controls.</summary>
/// <source>SDM 3C, "Processor-Based VM-Execution Controls"</source>
[Flags]
internal enum SecondaryControls : uint
{
    None = 0,
    VirtualizeApicAccesses = 1u << 0,
    EnableEpt = 1u << 1,
    EnableRdtscp = 1u << 3,
    EnableVpid = 1u << 5,
    WbinvdExiting = 1u << 6,
    UnrestrictedGuest = 1u << 7,
    ApicRegisterVirtualization = 1u << 8,
    VirtualInterruptDelivery = 1u << 9,
    EnableInvpcid = 1u << 12,
    EnableXsaves = 1u << 20,
}
