using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Acpi;

/// <summary>Switches the PC off or resets it.</summary>
public sealed class HostPower(AcpiTables acpi) : PowerControl
{
    private const ushort SleepEnable = 1 << 13;
    private const ulong VmxEnable = 1 << 13;
    private const int ReadsASecond = 1_000_000;

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
            for (int i = 0; i < ReadsASecond && (CpuInstructions.In16(fadt.Pm1aControl) & 1) == 0; i++)
            {
                CpuInstructions.Pause();
            }
        }

        CpuInstructions.Out16(fadt.Pm1aControl, (ushort)((acpi.SleepTypeA << 10) | SleepEnable | 1));
        if (fadt.Pm1bControl != 0)
        {
            CpuInstructions.Out16(fadt.Pm1bControl, (ushort)((acpi.SleepTypeB << 10) | SleepEnable | 1));
        }

        WaitSecond(); // the supply needs a moment
    }

    /// <inheritdoc/>
    public override void Reboot()
    {
        LeaveVmxOperation();
        if (acpi.Fadt.ResetPort != 0)
        {
            CpuInstructions.Out8(acpi.Fadt.ResetPort, acpi.Fadt.ResetValue);
        }

        ResetByPorts();
    }

    /// <summary>Resets a PC whose ACPI tables are not known, or do not say how: the chip set's port, the keyboard controller, a triple fault.</summary>
    internal static void ResetByPorts()
    {
        LeaveVmxOperation();
        CpuInstructions.Out8(0xCF9, 2);
        CpuInstructions.Out8(0xCF9, 6);
        WaitSecond();
        CpuInstructions.Out8(0x64, 0xFE);
        WaitSecond();
        CpuInstructions.TripleFault();
    }

    /// <summary>Waits for about a second, without any clock: a read of the POST port takes about a microsecond on a PC.</summary>
    internal static void WaitSecond()
    {
        for (int i = 0; i < ReadsASecond; i++)
        {
            _ = CpuInstructions.In8(0x80); // only for the time that it takes
        }
    }

    // VMX operation blocks INIT, by which a keyboard controller and a triple fault reset some PCs.
    private static void LeaveVmxOperation()
    {
        if ((CpuInstructions.ReadCr4() & VmxEnable) != 0)
        {
            _ = CpuInstructions.TryLeaveVmxOperation(); // where it cannot, it is off already, or the reset is tried all the same
        }
    }
}
