using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Acpi;

/// <summary>Switches the PC off or resets it.</summary>
public sealed class HostPower(AcpiTables acpi) : PowerControl
{
    private const ushort SleepEnable = 1 << 13;
    private const int SettleReads = 1_000_000;

    /// <inheritdoc/>
    public override void PowerOff()
    {
        FixedDescriptionTable fadt = acpi.Fadt;
        if (fadt.Pm1aControl == 0 || acpi.SleepTypeA < 0)
        {
            return;
        }

        ushort control = CpuInstructions.In16(fadt.Pm1aControl);
        if ((control & 1) == 0 && fadt.SmiCommandPort != 0 && fadt.AcpiEnable != 0)
        {
            CpuInstructions.Out8(fadt.SmiCommandPort, fadt.AcpiEnable); // leave legacy mode first, or the sleep type is ignored
            for (int i = 0; i < SettleReads && (CpuInstructions.In16(fadt.Pm1aControl) & 1) == 0; i++)
            {
                CpuInstructions.Pause();
            }
        }

        CpuInstructions.Out16(fadt.Pm1aControl, (ushort)((acpi.SleepTypeA << 10) | SleepEnable | 1));
        if (fadt.Pm1bControl != 0)
        {
            CpuInstructions.Out16(fadt.Pm1bControl, (ushort)((acpi.SleepTypeB << 10) | SleepEnable | 1));
        }

        Settle(); // the supply needs a moment
    }

    /// <inheritdoc/>
    public override void Reboot()
    {
        if (acpi.Fadt.ResetPort != 0)
        {
            CpuInstructions.Out8(acpi.Fadt.ResetPort, acpi.Fadt.ResetValue);
        }

        ResetByPorts();
    }

    /// <summary>Resets a PC whose ACPI tables are not known, or do not say how: the chip set's port, the keyboard controller, a triple fault.</summary>
    internal static void ResetByPorts()
    {
        CpuInstructions.Out8(0xCF9, 2);
        CpuInstructions.Out8(0xCF9, 6);
        Settle();
        CpuInstructions.Out8(0x64, 0xFE);
        Settle();
        CpuInstructions.TripleFault();
    }

    // A read of the POST port takes about a microsecond on a PC.
    private static void Settle()
    {
        for (int i = 0; i < SettleReads; i++)
        {
            _ = CpuInstructions.In8(0x80); // only for the time that it takes
        }
    }
}
