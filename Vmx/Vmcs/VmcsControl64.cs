namespace Multicosm.Vmx.Vmcs;

/// <summary>64-bit control fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsControl64 : uint
{
    /// <summary>Address of I/O bitmap A, ports 0 to 0x7FFF.</summary>
    IoBitmapA = 0x2000,

    /// <summary>Address of I/O bitmap B, ports from 0x8000.</summary>
    IoBitmapB = 0x2002,

    /// <summary>Address of the MSR bitmaps.</summary>
    MsrBitmaps = 0x2004,

    /// <summary>Added to the TSC that the guest reads.</summary>
    TscOffset = 0x2010,

    /// <summary>Address of the virtual-APIC page.</summary>
    VirtualApicAddress = 0x2012,

    /// <summary>Address of the APIC-access page.</summary>
    ApicAccessAddress = 0x2014,

    /// <summary>EPT pointer.</summary>
    EptPointer = 0x201A,

    /// <summary>EOI-exit bitmap for vectors 0 to 63; three more follow.</summary>
    EoiExit0 = 0x201C,

    /// <summary>Components for which XSAVES and XRSTORS exit.</summary>
    XssExitingBitmap = 0x202C,
}
