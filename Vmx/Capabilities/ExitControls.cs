using System;

namespace Multicosm.Vmx.Capabilities;

/// <summary>Primary VM-exit controls.</summary>
/// <source>SDM 3C, "VM-Exit Controls"</source>
[Flags]
internal enum ExitControls : uint
{
    None = 0,
    SaveDebugControls = 1u << 2,
    HostAddressSpaceSize = 1u << 9,
    AcknowledgeInterrupt = 1u << 15,
    SavePat = 1u << 18,
    LoadPat = 1u << 19,
    SaveEfer = 1u << 20,
    LoadEfer = 1u << 21,
}
