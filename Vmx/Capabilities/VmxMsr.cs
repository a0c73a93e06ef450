namespace Multicosm.Vmx.Capabilities;

/// <summary>Model-specific registers that VT-x uses.</summary>
/// <source>SDM 4, "Architectural MSRs"</source>
internal static class VmxMsr
{
    public const uint TimeStampCounter = 0x10;
    public const uint FeatureControl = 0x3A;
    public const uint TscAdjust = 0x3B;
    public const uint SysenterCs = 0x174;
    public const uint SysenterEsp = 0x175;
    public const uint SysenterEip = 0x176;
    public const uint Pat = 0x277;

    /// <summary>IA32_MISC_ENABLE.</summary>
    public const uint MiscEnable = 0x1A0;
    public const uint DebugControl = 0x1D9;

    /// <summary>IA32_XSS.</summary>
    public const uint SupervisorState = 0xDA0;
    public const uint Basic = 0x480;
    public const uint PinBased = 0x481;
    public const uint ProcessorBased = 0x482;
    public const uint Exit = 0x483;
    public const uint Entry = 0x484;
    public const uint Miscellaneous = 0x485;
    public const uint Cr0Fixed0 = 0x486;
    public const uint Cr0Fixed1 = 0x487;
    public const uint Cr4Fixed0 = 0x488;
    public const uint Cr4Fixed1 = 0x489;
    public const uint SecondaryProcessorBased = 0x48B;
    public const uint EptVpid = 0x48C;
    public const uint TruePinBased = 0x48D;
    public const uint TrueProcessorBased = 0x48E;
    public const uint TrueExit = 0x48F;
    public const uint TrueEntry = 0x490;
    public const uint TscDeadline = 0x6E0;
    public const uint Efer = 0xC0000080;
    public const uint Star = 0xC0000081;
    public const uint Lstar = 0xC0000082;
    public const uint Cstar = 0xC0000083;
    public const uint SyscallMask = 0xC0000084;
    public const uint FsBase = 0xC0000100;
    public const uint GsBase = 0xC0000101;
    public const uint KernelGsBase = 0xC0000102;
    public const uint TscAux = 0xC0000103;
}
