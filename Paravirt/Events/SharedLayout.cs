namespace Multicosm.Paravirt.Events;

/// <summary>Offsets in the shared page (shared_info) and in a vcpu_info, in bytes.</summary>
/// <source>Xen headers "xen.h", "arch-x86/xen.h"</source>
internal static class SharedLayout
{
    /// <summary>Size of a vcpu_info.</summary>
    public const int VcpuInfoSize = 64;

    /// <summary>Shared page: a bit for each port, set when its event is pending.</summary>
    public const int Pending = 2048;

    /// <summary>Shared page: a bit for each port, set while the guest does not want its events.</summary>
    public const int Mask = 2560;

    /// <summary>Shared page: version of the wall clock, odd while it changes.</summary>
    public const int WallVersion = 3072;

    /// <summary>Shared page: UNIX time at system time 0: seconds bits 31:0, nanoseconds, seconds bits 63:32.</summary>
    public const int WallSeconds = 3076, WallNanoseconds = 3080, WallSecondsHigh = 3084;

    /// <summary>vcpu_info: byte, not 0 if an event waits for the vCPU.</summary>
    public const int UpcallPending = 0;

    /// <summary>vcpu_info: byte, not 0 while the vCPU takes no events.</summary>
    public const int UpcallMask = 1;

    /// <summary>vcpu_info: a bit for each word of <see cref="Pending"/> that the vCPU is to look at.</summary>
    public const int PendingSelector = 8;

    /// <summary>vcpu_info: the vcpu_time_info.</summary>
    public const int Time = 32;

    /// <summary>Size of a vcpu_time_info.</summary>
    public const int TimeSize = 32;
}
