namespace Multicosm.Vmx.Vmcs;

/// <summary>64-bit guest-state fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsGuest64 : uint
{
    /// <summary>VMCS link pointer.</summary>
    VmcsLinkPointer = 0x2800,

    /// <summary>IA32_DEBUGCTL.</summary>
    DebugControl = 0x2802,

    /// <summary>IA32_PAT.</summary>
    Pat = 0x2804,

    /// <summary>IA32_EFER.</summary>
    Efer = 0x2806,

    /// <summary>PDPTE 0.</summary>
    Pdpte0 = 0x280A,

    /// <summary>PDPTE 1.</summary>
    Pdpte1 = 0x280C,

    /// <summary>PDPTE 2.</summary>
    Pdpte2 = 0x280E,

    /// <summary>PDPTE 3.</summary>
    Pdpte3 = 0x2810,
}
