namespace Multicosm.Vmx.Vmcs;

/// <summary>Natural-width control fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsControlNatural : uint
{
    /// <summary>CR0 guest/host mask.</summary>
    Cr0Mask = 0x6000,

    /// <summary>CR4 guest/host mask.</summary>
    Cr4Mask = 0x6002,

    /// <summary>CR0 read shadow.</summary>
    Cr0Shadow = 0x6004,

    /// <summary>CR4 read shadow.</summary>
    Cr4Shadow = 0x6006,
}
