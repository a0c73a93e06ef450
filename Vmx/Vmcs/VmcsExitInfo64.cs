namespace Multicosm.Vmx.Vmcs;

/// <summary>64-bit read-only data fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsExitInfo64 : uint
{
    /// <summary>Guest physical address of an EPT violation or misconfiguration.</summary>
    GuestPhysicalAddress = 0x2400,
}
