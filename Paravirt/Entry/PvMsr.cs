namespace Multicosm.Paravirt.Entry;

/// <summary>MSRs that the PV backend loads.</summary>
/// <source>SDM 4, "Architectural MSRs"</source>
internal static class PvMsr
{
    public const uint SysenterCs = 0x174;
    public const uint SysenterEsp = 0x175;
    public const uint SysenterEip = 0x176;
    public const uint Efer = 0xC0000080;
    public const uint Star = 0xC0000081;
    public const uint Lstar = 0xC0000082;
    public const uint Cstar = 0xC0000083;
    public const uint SyscallMask = 0xC0000084;
    public const uint FsBase = 0xC0000100;
    public const uint KernelGsBase = 0xC0000102;
    public const uint TscAux = 0xC0000103;
}
