namespace Multicosm.Vmx.Vmcs;

/// <summary>16-bit host-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsHost16 : uint
{
    /// <summary>ES selector.</summary>
    EsSelector = 0x0C00,

    /// <summary>CS selector.</summary>
    CsSelector = 0x0C02,

    /// <summary>SS selector.</summary>
    SsSelector = 0x0C04,

    /// <summary>DS selector.</summary>
    DsSelector = 0x0C06,

    /// <summary>FS selector.</summary>
    FsSelector = 0x0C08,

    /// <summary>GS selector.</summary>
    GsSelector = 0x0C0A,

    /// <summary>TR selector.</summary>
    TrSelector = 0x0C0C,
}
