namespace Multicosm.Devices.Pci;

/// <summary>The 82371SB (PIIX3) ISA bridge, 0:1.0, the first of a multi-function device.</summary>
/// <source>82371FB/82371SB (PIIX3) data sheet, "PCI to ISA Bridge Configuration Registers"</source>
internal sealed class IsaBridgeFunction : PciFunction
{
    /// <summary>The bridge in power-on state.</summary>
    internal IsaBridgeFunction()
        : base(vendor: 0x8086, device: 0x7000, classCode: 0x060100, revision: 0x00)
    {
        Describe(0x04, 0x0200_0007, 0); // always on
        Describe(0x0C, 0x0080_0000, 0); // header type: multi-function
        Describe(0x4C, 0x0003_004D, 0xFFFF_FFFF); // ISA recovery, X-bus chip select
        Describe(0x60, 0x8080_8080, 0x8F8F_8F8F); // PIRQ routing: off
        Describe(0x80, 0x0002_0000, 0x000F_0000); // deterministic latency at 0x82: passive release
    }
}
