using System;

namespace Multicosm.Vmx.Capabilities;

/// <summary>Primary processor-based VM-execution controls.</summary>
/// <source>SDM 3C, "Processor-Based VM-Execution Controls"</source>
[Flags]
internal enum PrimaryControls : uint
{
    None = 0,
    InterruptWindowExiting = 1u << 2,
    UseTscOffsetting = 1u << 3,
    HltExiting = 1u << 7,
    MwaitExiting = 1u << 10,
    RdpmcExiting = 1u << 11,
    Cr8LoadExiting = 1u << 19,
    Cr8StoreExiting = 1u << 20,
    UseTprShadow = 1u << 21,
    NmiWindowExiting = 1u << 22,
    UnconditionalIoExiting = 1u << 24,
    UseIoBitmaps = 1u << 25,
    UseMsrBitmaps = 1u << 28,
    MonitorExiting = 1u << 29,
    ActivateSecondaryControls = 1u << 31,
}
