namespace Multicosm.Vmx.Vmcs;

/// <summary>Natural-width guest-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsGuestNatural : uint
{
    /// <summary>CR0.</summary>
    Cr0 = 0x6800,

    /// <summary>CR3.</summary>
    Cr3 = 0x6802,

    /// <summary>CR4.</summary>
    Cr4 = 0x6804,

    /// <summary>ES base.</summary>
    EsBase = 0x6806,

    /// <summary>CS base.</summary>
    CsBase = 0x6808,

    /// <summary>SS base.</summary>
    SsBase = 0x680A,

    /// <summary>DS base.</summary>
    DsBase = 0x680C,

    /// <summary>FS base.</summary>
    FsBase = 0x680E,

    /// <summary>GS base.</summary>
    GsBase = 0x6810,

    /// <summary>LDTR base.</summary>
    LdtrBase = 0x6812,

    /// <summary>TR base.</summary>
    TrBase = 0x6814,

    /// <summary>GDTR base.</summary>
    GdtrBase = 0x6816,

    /// <summary>IDTR base.</summary>
    IdtrBase = 0x6818,

    /// <summary>DR7.</summary>
    Dr7 = 0x681A,

    /// <summary>RSP.</summary>
    Rsp = 0x681C,

    /// <summary>RIP.</summary>
    Rip = 0x681E,

    /// <summary>RFLAGS.</summary>
    Rflags = 0x6820,

    /// <summary>Pending debug exceptions.</summary>
    PendingDebugExceptions = 0x6822,

    /// <summary>IA32_SYSENTER_ESP.</summary>
    SysenterEsp = 0x6824,

    /// <summary>IA32_SYSENTER_EIP.</summary>
    SysenterEip = 0x6826,
}
