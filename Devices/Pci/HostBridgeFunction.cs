namespace Multicosm.Devices.Pci;

/// <summary>The 82441FX (i440FX) host bridge, 0:0.0. Its memory attribute registers keep what firmware writes and change nothing: all is RAM.</summary>
/// <source>82441FX data sheet, "PCI Configuration Space Mapped Registers"</source>
internal sealed class HostBridgeFunction : PciFunction
{
    /// <summary>The bridge in power-on state.</summary>
    internal HostBridgeFunction()
        : base(vendor: 0x8086, device: 0x1237, classCode: 0x060000, revision: 0x02)
    {
        Describe(0x50, 0, 0xFFFF_FFFF); // PMC configuration, deturbo, DRAM control
        Describe(0x58, 0, 0xFFFF_FF00); // PAM0-PAM2 at 0x59-0x5B
        Describe(0x5C, 0, 0xFFFF_FFFF); // PAM3-PAM6
        Describe(0x70, 0x0002_0000, 0x0078_0000); // SMRAM at 0x72
    }
}
