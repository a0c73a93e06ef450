using System.Numerics;
using Multicosm.Machine;
using Multicosm.Platform.Acpi;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Interrupts;

/// <summary>The host's interrupts: the local APIC's timer and the serial line. They are dispatched by C# with IF = 0, never nested.</summary>
public sealed unsafe class HostInterrupts
{
    private const byte TimerVector = 0x30;
    private const byte SerialVector = 0x34;

    private readonly HostLocalApic _apic;
    private readonly SerialLine _line;

    /// <summary>Masks the 8259 pair, starts the local APIC and routes the serial interrupt.</summary>
    public HostInterrupts(AcpiTables acpi, MmioWindow window, MonotonicClock clock, SerialLine line, HostLog log)
    {
        _line = line;
        MaskLegacyController();
        _apic = new HostLocalApic(acpi.Madt.LocalApicAddress, window, clock, TimerVector, log);
        uint gsi = acpi.Madt.GlobalInterrupt(line.Irq, out bool level, out bool activeLow);
        byte* registers = acpi.Madt.TryFindIoApic(gsi, out ulong address, out uint gsiBase) ? window.Map(address, 4096) : null;
        if (registers == null)
        {
            log.At(LogLevel.Warning).WriteLine("no I/O APIC: the serial line is polled"u8);
        }

        IsLinePolled = registers == null || line.Irq == 0;
        if (registers != null)
        {
            HostIoApic ioApic = new(registers);
            if (line.Irq != 0)
            {
                ioApic.Route(gsi - gsiBase, SerialVector, _apic.Id, level, activeLow);
            }
        }
    }

    /// <summary>True if the serial line cannot interrupt: then the CPU may not sleep for long.</summary>
    public bool IsLinePolled { get; }

    /// <summary>Sets the timer to interrupt at <paramref name="deadlineTicks"/> of the TSC.</summary>
    public void ArmDeadline(ulong deadlineTicks) => _apic.ArmDeadline(deadlineTicks);

    /// <summary>Dispatches the vectors that the stubs noted.</summary>
    public void DispatchTaken()
    {
        PerCpu* cpu = PerCpu.Current;
        if ((cpu->Taken0 | cpu->Taken1 | cpu->Taken2 | cpu->Taken3) == 0)
        {
            return;
        }

        for (int word = 0; word < 4; word++)
        {
            ref ulong taken = ref (&cpu->Taken0)[word];
            while (taken != 0)
            {
                int bit = BitOperations.TrailingZeroCount(taken);
                taken &= taken - 1;
                Dispatch((byte)((word << 6) | bit));
            }
        }
    }

    /// <summary>
    /// Handles one interrupt that a VM exit acknowledged. It works for the host, not for the domain that ran: a fault in it panics.
    /// </summary>
    public void Dispatch(byte vector)
    {
        PerCpu* cpu = PerCpu.Current;
        ulong frame = cpu->ContainmentFrame;
        cpu->ContainmentFrame = 0;
        if (vector == SerialVector)
        {
            _line.Service();
        }

        if (vector >= 32 && vector != HostLocalApic.SpuriousVector)
        {
            _apic.EndOfInterrupt();
        }

        cpu->ContainmentFrame = frame;
    }

    // The firmware leaves the PIT's interrupt unmasked; move the vectors out of the exceptions' way, then mask all.
    private static void MaskLegacyController()
    {
        CpuInstructions.Out8(0x20, 0x11);
        CpuInstructions.Out8(0xA0, 0x11);
        CpuInstructions.Out8(0x21, 0xE0);
        CpuInstructions.Out8(0xA1, 0xE8);
        CpuInstructions.Out8(0x21, 4);
        CpuInstructions.Out8(0xA1, 2);
        CpuInstructions.Out8(0x21, 1);
        CpuInstructions.Out8(0xA1, 1);
        CpuInstructions.Out8(0x21, 0xFF);
        CpuInstructions.Out8(0xA1, 0xFF);
    }
}
