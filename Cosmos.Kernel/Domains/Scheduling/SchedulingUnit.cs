using System;
using System.Runtime.CompilerServices;

namespace Multicosm.Domains.Scheduling;

/// <summary>
/// What competes for a CPU: the vCPU of a domain, and the work that is done for that domain. Its time is split exactly:
/// <see cref="RunTicks"/>, <see cref="WaitTicks"/> and <see cref="StolenTicks"/> add up to the time from <see cref="Reset"/> to <see cref="Book"/>.
/// </summary>
public sealed class SchedulingUnit(int slot)
{
    /// <summary>Weight of a domain that says nothing.</summary>
    public const uint DefaultWeight = 256;

    /// <summary>The largest weight.</summary>
    public const uint MaximumWeight = 65535;

    private readonly ulong[] _ticks = new ulong[4]; // by UnitState
    private ulong _bookedTicks;

    /// <summary>Number of the domain slot that it stands for.</summary>
    public int Slot { get; } = slot;

    /// <summary>Share of the CPU in relation to the others': 1..<see cref="MaximumWeight"/>.</summary>
    public uint Weight { get; private set; } = DefaultWeight;

    /// <summary>Most that it may use, in percent of one CPU; 0 for no limit.</summary>
    public uint CapPercent { get; private set; }

    /// <summary>What it does.</summary>
    public UnitState State { get; private set; }

    /// <summary>Time on a CPU.</summary>
    public ulong RunTicks => _ticks[(int)UnitState.Running];

    /// <summary>Time in which it had nothing to run.</summary>
    public ulong WaitTicks => _ticks[(int)UnitState.Asleep];

    /// <summary>Time in which it could have run and did not: others did, or its cap was reached.</summary>
    public ulong StolenTicks => _ticks[(int)UnitState.Waiting] + _ticks[(int)UnitState.Parked];

    /// <summary>The queue that it was in last; null before the first time.</summary>
    internal RunQueue? Queue { get; set; }

    /// <summary>True while work is done for it, which must come to an end: its cap does not count, nor a weight below the usual one.</summary>
    internal bool HasWork { get; private set; }

    /// <summary>The weight that counts now.</summary>
    internal uint Share { get; private set; } = DefaultWeight;

    /// <summary>What it has had, in the queue's virtual time (see <see cref="RunQueue"/>).</summary>
    internal ulong VirtualTime { get; set; }

    /// <summary>Its <see cref="VirtualTime"/> when its slice will be used up.</summary>
    internal ulong Deadline { get; set; }

    /// <summary>Ticks left of its slice.</summary>
    internal long SliceLeft { get; set; }

    /// <summary>True while the slice is the short one that a unit gets when it wakes up.</summary>
    internal bool IsBoosted { get; set; }

    /// <summary>Hundredths of ticks that the cap still allows; negative after it ran too long.</summary>
    internal long Budget { get; set; }

    /// <summary>When <see cref="Budget"/> was true.</summary>
    internal ulong BudgetTicks { get; set; }

    /// <summary>When the cap lets it run again, while parked.</summary>
    internal ulong ParkedUntil { get; set; }

    /// <summary>True until it runs for the first time since <see cref="Reset"/>: it owes nothing.</summary>
    internal bool IsNew { get; set; } = true;

    /// <summary>Its place in the queue, or among the parked.</summary>
    internal int Position { get; set; }

    /// <summary>True if the cap limits it.</summary>
    internal bool HasCap { get; private set; }

    /// <summary>Since when it does what it does.</summary>
    internal ulong SinceTicks { get; private set; }

    /// <summary>Sets what it may use; false, and nothing changes, if the weight is not 1..<see cref="MaximumWeight"/>.</summary>
    public bool TrySet(uint weight, uint capPercent, ulong nowTicks)
    {
        if (weight is 0 or > MaximumWeight)
        {
            return false;
        }

        Weight = weight;
        CapPercent = capPercent;
        Budget = 0;
        BudgetTicks = nowTicks;
        Apply();
        return true;
    }

    /// <summary>Sets whether work is done for it.</summary>
    internal void SetWork(bool value)
    {
        HasWork = value;
        Apply();
    }

    private void Apply()
    {
        HasCap = CapPercent is > 0 and < 100 && !HasWork;
        uint share = HasWork ? Math.Max(Weight, DefaultWeight) : Weight;
        if (share != Share)
        {
            Queue?.Rescale(this, share);
            Share = share;
        }
    }

    /// <summary>Brings the times up to <paramref name="nowTicks"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Book(ulong nowTicks)
    {
        _ticks[(int)State] += nowTicks - _bookedTicks;
        _bookedTicks = nowTicks;
    }

    /// <summary>Another domain's: its times begin at <paramref name="nowTicks"/>.</summary>
    public void Reset(ulong nowTicks)
    {
        Array.Clear(_ticks);
        SinceTicks = nowTicks;
        _bookedTicks = nowTicks;
        Budget = 0;
        BudgetTicks = nowTicks;
        IsNew = State == UnitState.Asleep; // a restart is no way out of debt
    }

    /// <summary>Of the time that was booked as running it slept <paramref name="ticks"/>.</summary>
    internal void BookNap(ulong ticks)
    {
        _ticks[(int)UnitState.Running] -= ticks;
        _ticks[(int)UnitState.Asleep] += ticks;
    }

    /// <summary>Books the time up to <paramref name="nowTicks"/> for what it did, and does <paramref name="next"/> from there; returns how long that was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Enter(UnitState next, ulong nowTicks)
    {
        Book(nowTicks);
        ulong ticks = nowTicks - SinceTicks;
        SinceTicks = nowTicks;
        State = next;
        return ticks;
    }
}
