namespace Multicosm.Vmx.Vmcs;

/// <summary>Natural-width host-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsHostNatural : uint
{
    /// <summary>CR0.</summary>
    Cr0 = 0x6C00,

    /// <summary>CR3.</summary>
    Cr3 = 0x6C02,

    /// <summary>CR4.</summary>
    Cr4 = 0x6C04,

    /// <summary>FS base.</summary>
    FsBase = 0x6C06,

    /// <summary>GS base.</summary>
    GsBase = 0x6C08,

    /// <summary>TR base.</summary>
    TrBase = 0x6C0A,

    /// <summary>GDTR base.</summary>
    GdtrBase = 0x6C0C,

    /// <summary>IDTR base.</summary>
    IdtrBase = 0x6C0E,

    /// <summary>IA32_SYSENTER_ESP.</summary>
    SysenterEsp = 0x6C10,

    /// <summary>IA32_SYSENTER_EIP.</summary>
    SysenterEip = 0x6C12,

    /// <summary>RSP.</summary>
    Rsp = 0x6C14,

    /// <summary>RIP.</summary>
    Rip = 0x6C16,
}
