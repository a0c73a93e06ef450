namespace Multicosm.Machine;

/// <summary>Why a paravirtual guest stops: <see cref="VcpuExit.Value"/> of <see cref="VcpuExitKind.Power"/>.</summary>
/// <source>Xen headers "sched.h"</source>
public enum GuestPowerReason : byte
{
    /// <summary>It has switched itself off.</summary>
    PowerOff = 0,

    /// <summary>It wants to start anew.</summary>
    Reboot = 1,

    /// <summary>It is ready to be saved.</summary>
    Suspend = 2,

    /// <summary>It has failed, and says so.</summary>
    Crash = 3,

    /// <summary>It has not reset its watchdog in time.</summary>
    Watchdog = 4,
}
