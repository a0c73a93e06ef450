namespace Multicosm.Paravirt.Hypercalls;

/// <summary>set_timer_op (15).</summary>
internal static class TimerHypercalls
{
    /// <summary>Sets the caller's one-shot timer to an absolute system time in ns; 0 or a negative one stops it. Always 0.</summary>
    /// <source>Xen headers "xen.h"</source>
    public static long SetTimer(PvVcpu caller, ulong deadline)
    {
        if ((long)deadline > 0)
        {
            caller.Timers.SetSingleShot(deadline);
        }
        else
        {
            caller.Timers.StopSingleShot();
        }

        return 0;
    }
}
