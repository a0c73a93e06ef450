namespace Multicosm.Vmx.Vmcs;

/// <summary>32-bit host-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsHost32 : uint
{
    /// <summary>IA32_SYSENTER_CS.</summary>
    SysenterCs = 0x4C00,
}
