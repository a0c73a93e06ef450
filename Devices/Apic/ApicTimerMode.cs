namespace Multicosm.Devices.Apic;

/// <summary>Modes of the local APIC timer, as its LVT entry encodes them.</summary>
/// <source>SDM 3A, "APIC Timer"</source>
internal enum ApicTimerMode : byte
{
    /// <summary>Counts down once.</summary>
    OneShot = 0,

    /// <summary>Counts down again and again.</summary>
    Periodic = 1,

    /// <summary>Fires when the guest's time-stamp counter reaches a value.</summary>
    TscDeadline = 2,

    /// <summary>Reserved: the timer stands still.</summary>
    Reserved = 3,
}
