namespace Multicosm.Vmx.Vmcs;

/// <summary>64-bit host-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsHost64 : uint
{
    /// <summary>IA32_PAT.</summary>
    Pat = 0x2C00,

    /// <summary>IA32_EFER.</summary>
    Efer = 0x2C02,
}
