namespace Multicosm.Vmx.Vmcs;

/// <summary>16-bit control fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsControl16 : uint
{
    /// <summary>VPID.</summary>
    VirtualProcessorId = 0x0000,
}
