namespace Multicosm.Devices.Apic;

/// <summary>Offsets of the registers in a local APIC's page.</summary>
/// <source>SDM 3A, "Local APIC Register Address Map"</source>
internal static class ApicRegister
{
    /// <summary>Local APIC ID.</summary>
    internal const int Id = 0x020;

    /// <summary>Version.</summary>
    internal const int Version = 0x030;

    /// <summary>Task priority.</summary>
    internal const int TaskPriority = 0x080;

    /// <summary>Arbitration priority.</summary>
    internal const int ArbitrationPriority = 0x090;

    /// <summary>Processor priority.</summary>
    internal const int ProcessorPriority = 0x0A0;

    /// <summary>End of interrupt.</summary>
    internal const int EndOfInterrupt = 0x0B0;

    /// <summary>Remote read.</summary>
    internal const int RemoteRead = 0x0C0;

    /// <summary>Logical destination.</summary>
    internal const int LogicalDestination = 0x0D0;

    /// <summary>Destination format.</summary>
    internal const int DestinationFormat = 0x0E0;

    /// <summary>Spurious-interrupt vector.</summary>
    internal const int SpuriousVector = 0x0F0;

    /// <summary>In-service, first of eight.</summary>
    internal const int InService = 0x100;

    /// <summary>Trigger mode, first of eight.</summary>
    internal const int TriggerMode = 0x180;

    /// <summary>Interrupt request, first of eight.</summary>
    internal const int InterruptRequest = 0x200;

    /// <summary>Error status.</summary>
    internal const int ErrorStatus = 0x280;

    /// <summary>Interrupt command, bits 31:0.</summary>
    internal const int InterruptCommandLow = 0x300;

    /// <summary>Interrupt command, bits 63:32.</summary>
    internal const int InterruptCommandHigh = 0x310;

    /// <summary>LVT timer.</summary>
    internal const int LvtTimer = 0x320;

    /// <summary>LVT thermal sensor.</summary>
    internal const int LvtThermal = 0x330;

    /// <summary>LVT performance counters.</summary>
    internal const int LvtPerformance = 0x340;

    /// <summary>LVT LINT0.</summary>
    internal const int LvtLint0 = 0x350;

    /// <summary>LVT LINT1.</summary>
    internal const int LvtLint1 = 0x360;

    /// <summary>LVT error.</summary>
    internal const int LvtError = 0x370;

    /// <summary>Timer's initial count.</summary>
    internal const int InitialCount = 0x380;

    /// <summary>Timer's current count.</summary>
    internal const int CurrentCount = 0x390;

    /// <summary>Timer's divide configuration.</summary>
    internal const int DivideConfiguration = 0x3E0;

    /// <summary>Self IPI, x2APIC only.</summary>
    internal const int SelfIpi = 0x3F0;

    /// <summary>True for a register that exists in xAPIC mode.</summary>
    internal static bool Exists(int offset) => offset switch
    {
        Id or Version => true,
        >= TaskPriority and <= SpuriousVector => true,
        >= InService and <= ErrorStatus => true,
        >= InterruptCommandLow and <= CurrentCount => true,
        DivideConfiguration => true,
        _ => false,
    };

    /// <summary>The bits of a local vector table entry that can be written.</summary>
    internal static uint LvtMask(int offset) => offset switch
    {
        LvtTimer => 0x0007_00FF,
        LvtLint0 or LvtLint1 => 0x0001_A7FF,
        LvtError => 0x0001_00FF,
        _ => 0x0001_07FF,
    };
}
