using System;

namespace Multicosm.Vmx.Capabilities;

/// <summary>VM-entry controls.</summary>
/// <source>SDM 3C, "VM-Entry Controls"</source>
[Flags]
internal enum EntryControls : uint
{
    None = 0,
    LoadDebugControls = 1u << 2,
    Ia32eModeGuest = 1u << 9,
    LoadPat = 1u << 14,
    LoadEfer = 1u << 15,
}
