namespace Multicosm.Vmx.Vmcs;

/// <summary>32-bit guest-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsGuest32 : uint
{
    /// <summary>ES limit.</summary>
    EsLimit = 0x4800,

    /// <summary>CS limit.</summary>
    CsLimit = 0x4802,

    /// <summary>SS limit.</summary>
    SsLimit = 0x4804,

    /// <summary>DS limit.</summary>
    DsLimit = 0x4806,

    /// <summary>FS limit.</summary>
    FsLimit = 0x4808,

    /// <summary>GS limit.</summary>
    GsLimit = 0x480A,

    /// <summary>LDTR limit.</summary>
    LdtrLimit = 0x480C,

    /// <summary>TR limit.</summary>
    TrLimit = 0x480E,

    /// <summary>GDTR limit.</summary>
    GdtrLimit = 0x4810,

    /// <summary>IDTR limit.</summary>
    IdtrLimit = 0x4812,

    /// <summary>ES access rights.</summary>
    EsAccessRights = 0x4814,

    /// <summary>CS access rights.</summary>
    CsAccessRights = 0x4816,

    /// <summary>SS access rights.</summary>
    SsAccessRights = 0x4818,

    /// <summary>DS access rights.</summary>
    DsAccessRights = 0x481A,

    /// <summary>FS access rights.</summary>
    FsAccessRights = 0x481C,

    /// <summary>GS access rights.</summary>
    GsAccessRights = 0x481E,

    /// <summary>LDTR access rights.</summary>
    LdtrAccessRights = 0x4820,

    /// <summary>TR access rights.</summary>
    TrAccessRights = 0x4822,

    /// <summary>Interruptibility state.</summary>
    Interruptibility = 0x4824,

    /// <summary>Activity state.</summary>
    ActivityState = 0x4826,

    /// <summary>IA32_SYSENTER_CS.</summary>
    SysenterCs = 0x482A,

    /// <summary>VMX-preemption timer value.</summary>
    PreemptionTimer = 0x482E,
}
