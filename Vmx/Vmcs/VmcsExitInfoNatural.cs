namespace Multicosm.Vmx.Vmcs;

/// <summary>Natural-width read-only data fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsExitInfoNatural : uint
{
    /// <summary>Exit qualification.</summary>
    Qualification = 0x6400,

    /// <summary>Guest linear address.</summary>
    GuestLinearAddress = 0x640A,
}
