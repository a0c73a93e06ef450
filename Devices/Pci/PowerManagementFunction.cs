using Multicosm.Devices.Legacy;

namespace Multicosm.Devices.Pci;

/// <summary>The 82371AB (PIIX4) power management function, 0:1.3. It shows where the board has put the ACPI ports and cannot move them.</summary>
/// <source>82371AB (PIIX4) data sheet, "Power Management PCI Configuration Registers"</source>
internal sealed class PowerManagementFunction : PciFunction
{
    /// <summary>The function in the state in which firmware leaves it.</summary>
    internal PowerManagementFunction()
        : base(vendor: 0x8086, device: 0x7113, classCode: 0x068000, revision: 0x03)
    {
        Describe(0x04, 0x0280_0001, 0);
        Describe(0x3C, 0x0000_0100 | AcpiPm.SciIrq, 0x0000_00FF); // INTA
        Describe(0x40, AcpiPm.PmBase | 1u, 0); // PMBASE
        Describe(0x80, 0x0000_0001, 0); // PMREGMISC: its ports are on
    }
}
