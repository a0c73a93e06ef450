using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Events;

/// <summary>A domain's watchdogs, which the guest must set again before they expire. Needs the domain's event lock.</summary>
/// <source>Xen headers "sched.h"</source>
internal sealed class Watchdogs
{
    /// <summary>How many a domain may have.</summary>
    public const int Count = 2;

    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly PvDomain _domain;
    private readonly Watchdog[] _watchdogs = new Watchdog[Count];

    /// <summary>A slot's watchdogs: the arena must be open.</summary>
    public Watchdogs(PvDomain domain)
    {
        _domain = domain;
        for (int i = 0; i < Count; i++)
        {
            _watchdogs[i] = new Watchdog(this);
        }
    }

    /// <summary>True once one has expired: the domain ends, by <see cref="GuestPowerReason.Watchdog"/>.</summary>
    public bool HasExpired { get; private set; }

    /// <summary>
    /// SCHEDOP_watchdog: number 0 takes a free one and returns its number from 1 on; otherwise sets one of ours again, or ends it if
    /// <paramref name="seconds"/> is 0. <see cref="XenError.Invalid"/>, or <see cref="XenError.NoSpace"/> if none is free.
    /// </summary>
    public long Set(uint number, uint seconds)
    {
        if (number > Count || (number == 0 && seconds == 0))
        {
            return -(long)XenError.Invalid;
        }

        return number == 0 ? Take(seconds) : SetAgain(_watchdogs[number - 1], seconds);
    }

    /// <summary>Stops all.</summary>
    public void Reset()
    {
        HasExpired = false;
        foreach (Watchdog watchdog in _watchdogs)
        {
            Stop(watchdog);
        }
    }

    private long Take(uint seconds)
    {
        for (int i = 0; i < Count; i++)
        {
            if (!_watchdogs[i].IsInUse)
            {
                _watchdogs[i].IsInUse = true;
                Start(_watchdogs[i], seconds);
                return i + 1;
            }
        }

        return -(long)XenError.NoSpace;
    }

    private long SetAgain(Watchdog watchdog, uint seconds)
    {
        if (!watchdog.IsInUse)
        {
            return -(long)XenError.Invalid;
        }

        if (seconds == 0)
        {
            Stop(watchdog);
        }
        else
        {
            Start(watchdog, seconds);
        }

        return 0;
    }

    private void Start(Watchdog watchdog, uint seconds)
    {
        PvClock clock = _domain.Clock!;
        _domain.Timers!.Arm(watchdog, clock.ToTicks(clock.Now + (seconds * NanosecondsPerSecond)));
    }

    private void Stop(Watchdog watchdog)
    {
        watchdog.IsInUse = false;
        _domain.Timers?.Cancel(watchdog);
    }

    private sealed class Watchdog(Watchdogs owner) : TimerEvent
    {
        public bool IsInUse { get; set; }

        // Whoever waits runs once more: the run loop then sees what has happened.
        public override void OnExpired(ulong nowTicks)
        {
            owner.HasExpired = true;
            for (int i = 0; i < owner._domain.VcpuCount; i++)
            {
                EventChannels.Wake(owner._domain.Vcpu(i));
            }
        }
    }
}
