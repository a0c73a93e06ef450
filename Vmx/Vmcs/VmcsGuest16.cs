namespace Multicosm.Vmx.Vmcs;

/// <summary>16-bit guest-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsGuest16 : uint
{
    /// <summary>ES selector.</summary>
    EsSelector = 0x0800,

    /// <summary>CS selector.</summary>
    CsSelector = 0x0802,

    /// <summary>SS selector.</summary>
    SsSelector = 0x0804,

    /// <summary>DS selector.</summary>
    DsSelector = 0x0806,

    /// <summary>FS selector.</summary>
    FsSelector = 0x0808,

    /// <summary>GS selector.</summary>
    GsSelector = 0x080A,

    /// <summary>LDTR selector.</summary>
    LdtrSelector = 0x080C,

    /// <summary>TR selector.</summary>
    TrSelector = 0x080E,

    /// <summary>Requesting (low byte) and serving virtual interrupt.</summary>
    InterruptStatus = 0x0810,
}
