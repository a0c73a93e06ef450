using System;
using System.Runtime.CompilerServices;

namespace Multicosm.Domains.Scheduling;

/// <summary>
/// Who runs on one physical CPU: each unit gets its weight's part of the time, in slices, and not more than its cap. More CPUs need a
/// queue each. A unit's credit is what it is owed: its part of the time since it came, less what it has had. Only units with credit are
/// picked, and of these the one whose slice is due first (earliest eligible virtual deadline first), so nobody owes or is owed more
/// than about a slice. A unit that wakes up asks for a short slice, which is due soon: that is its boost, and since it
/// needs credit for it, waking up often gains nothing.
/// </summary>
/// <source>I. Stoica and H. Abdel-Wahab, "A Flexible and Accurate Mechanism for Proportional Share Resource Allocation"</source>
public sealed class RunQueue
{
    private const int Capacity = DomainTable.Capacity;
    private const int VirtualShift = 20; // virtual time: (ticks << VirtualShift) / weight
    private const ulong SlicesRemembered = 1000;
    private const long Percent = 100;

    private readonly ulong _sliceTicks;
    private readonly ulong _boostTicks;
    private readonly SchedulingUnit?[] _units = new SchedulingUnit?[Capacity];
    private readonly SchedulingUnit?[] _parked = new SchedulingUnit?[Capacity];
    private int _count;
    private int _parkedCount;
    private SchedulingUnit? _current;
    private bool _isSliceOver;
    private ulong _dispatchedTicks;
    private ulong _average;

    /// <summary>
    /// An empty queue: the arena must be open. <paramref name="sliceTicks"/> is a slice, and how far the cap of a unit may be exceeded for a
    /// while; <paramref name="boostTicks"/> the slice after a wake-up, and the least that a unit runs before a boosted one takes its place.
    /// </summary>
    public RunQueue(ulong sliceTicks, ulong boostTicks)
    {
        _sliceTicks = sliceTicks;
        _boostTicks = boostTicks;
    }

    /// <summary>Units that could run.</summary>
    public int Count => _count;

    /// <summary>The unit that took the CPU from another one by its boost and has not been charged for giving it back; null if there is none.</summary>
    public SchedulingUnit? Preemptor { get; private set; }

    /// <summary>When the first parked unit may run again; the maximum if none is parked.</summary>
    public ulong NextUnpark()
    {
        ulong next = ulong.MaxValue;
        for (int i = 0; i < _parkedCount; i++)
        {
            next = Math.Min(next, _parked[i]!.ParkedUntil);
        }

        return next;
    }

    /// <summary>A sleeping unit has something to run.</summary>
    public void Wake(SchedulingUnit unit, ulong nowTicks)
    {
        if (unit.HasCap)
        {
            Refill(unit, nowTicks);
        }

        // What it had too much is at most a slice; other units need no longer than this to make up for it.
        bool isForgotten = unit.IsNew || nowTicks - unit.SinceTicks > SlicesRemembered * _sliceTicks;
        unit.IsNew = false;
        unit.Queue = this;
        _ = unit.Enter(UnitState.Waiting, nowTicks);
        Join(unit, isForgotten);
        NewSlice(unit, _boostTicks);
        unit.IsBoosted = true;
    }

    /// <summary>A unit has nothing to run any more.</summary>
    public void Sleep(SchedulingUnit unit, ulong nowTicks)
    {
        if (unit.State == UnitState.Parked)
        {
            Remove(_parked, ref _parkedCount, unit);
        }
        else
        {
            Leave(unit);
        }

        _ = unit.Enter(UnitState.Asleep, nowTicks);
    }

    /// <summary>
    /// Gives the CPU to a unit, until <paramref name="endTicks"/> at most; false if none can run. Who had it keeps it until its slice is
    /// used up, unless a boosted unit is due before it.
    /// </summary>
    public bool TryPick(ulong nowTicks, out SchedulingUnit? picked, out ulong endTicks)
    {
        if (_parkedCount != 0)
        {
            UnparkDue(nowTicks);
        }

        picked = null;
        endTicks = 0;
        ulong cutTicks = ulong.MaxValue;
        while (_count > 0 && picked is null)
        {
            SchedulingUnit candidate = MayGoOn(nowTicks, out cutTicks) ? _current! : Earliest();
            picked = candidate.HasCap && TryPark(candidate, nowTicks) ? null : candidate;
        }

        if (picked is null)
        {
            return false;
        }

        Dispatch(picked, nowTicks);
        endTicks = Math.Min(EndOf(picked, nowTicks), cutTicks);
        return true;
    }

    /// <summary>The unit that was picked gives the CPU back. It slept <paramref name="napTicks"/> of its time, and <paramref name="notOwnTicks"/> others pay for.</summary>
    public void Charge(SchedulingUnit unit, ulong nowTicks, ulong napTicks, ulong notOwnTicks)
    {
        ulong ticks = unit.Enter(UnitState.Waiting, nowTicks);
        if (napTicks != 0)
        {
            unit.BookNap(napTicks);
        }

        Bill(unit, ticks - napTicks - notOwnTicks);
        if (unit.SliceLeft <= 0)
        {
            _isSliceOver = true;
            NewSlice(unit, _sliceTicks);
        }
    }

    /// <summary>Lets the last preemptor pay <paramref name="ticks"/> for giving the CPU back.</summary>
    public void ChargePreemptor(ulong ticks)
    {
        if (Preemptor is not null)
        {
            Bill(Preemptor, ticks);
            Preemptor = null;
        }
    }

    /// <summary>
    /// When <paramref name="sleeper"/>, which wakes up at <paramref name="wakeTicks"/>, might take the CPU from who has had it since a pick at
    /// <paramref name="nowTicks"/>; the maximum if it will have no credit by <paramref name="endTicks"/>.
    /// </summary>
    public ulong PreemptionTicks(SchedulingUnit sleeper, ulong wakeTicks, ulong nowTicks, ulong endTicks)
    {
        if (wakeTicks >= endTicks || _count == 0)
        {
            return ulong.MaxValue;
        }

        ulong average = Average(out ulong weights);
        ulong progress = ((endTicks - nowTicks) << VirtualShift) / weights;
        bool hasCredit = (long)(sleeper.VirtualTime - (average + progress)) <= 0;
        return hasCredit ? Math.Max(wakeTicks, _dispatchedTicks + _boostTicks) : ulong.MaxValue;
    }

    /// <summary>What a unit owes or is owed, and what is left of its slice, stay the same in ticks when its share becomes <paramref name="share"/>.</summary>
    internal void Rescale(SchedulingUnit unit, uint share)
    {
        long most = (long)(4 * _sliceTicks << VirtualShift) / unit.Share;
        long lead = Math.Clamp((long)(unit.VirtualTime - Average(out _)), -most, most);
        unit.VirtualTime = _average + (ulong)(lead * unit.Share / share);
        unit.Deadline = unit.VirtualTime + (ulong)((Math.Max(unit.SliceLeft, 0) << VirtualShift) / share);
    }

    // True if who had the CPU keeps it, until cutTicks at most.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayGoOn(ulong nowTicks, out ulong cutTicks)
    {
        cutTicks = ulong.MaxValue;
        if (_current is null || _isSliceOver)
        {
            return false;
        }

        if (!IsBoostedDue(_current))
        {
            return true;
        }

        cutTicks = _dispatchedTicks + _boostTicks;
        bool mayPreempt = nowTicks >= cutTicks;
        cutTicks = mayPreempt ? ulong.MaxValue : cutTicks;
        return !mayPreempt;
    }

    private bool IsBoostedDue(SchedulingUnit before)
    {
        bool isAny = false;
        for (int i = 0; i < _count && !isAny; i++)
        {
            SchedulingUnit unit = _units[i]!;
            isAny = unit.IsBoosted && unit != before && (long)(unit.Deadline - before.Deadline) < 0 && (long)(unit.VirtualTime - Average(out _)) <= 0;
        }

        return isAny;
    }

    // At least one unit has had no more than the average.
    private SchedulingUnit Earliest()
    {
        if (_count == 1)
        {
            _average = _units[0]!.VirtualTime;
            return _units[0]!;
        }

        ulong average = Average(out _);
        SchedulingUnit earliest = _units[0]!;
        bool found = false;
        for (int i = 0; i < _count; i++)
        {
            SchedulingUnit unit = _units[i]!;
            if ((long)(unit.VirtualTime - average) <= 0 && (!found || (long)(unit.Deadline - earliest.Deadline) < 0))
            {
                earliest = unit;
                found = true;
            }
        }

        return earliest;
    }

    // The weighted mean of what the units have had: who had less has credit. Reckoned from the last mean, near which all of them are.
    private ulong Average(out ulong weights)
    {
        long sum = 0;
        weights = 0;
        for (int i = 0; i < _count; i++)
        {
            SchedulingUnit unit = _units[i]!;
            sum += (long)(unit.VirtualTime - _average) * unit.Share;
            weights += unit.Share;
        }

        _average += _count == 0 ? 0 : (ulong)(sum / (long)weights);
        return _average;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Dispatch(SchedulingUnit unit, ulong nowTicks)
    {
        if (unit != _current)
        {
            Preemptor = _current is not null && !_isSliceOver && unit.IsBoosted ? unit : Preemptor;
            _current = unit;
            _dispatchedTicks = nowTicks;
        }

        _isSliceOver = false;
        _ = unit.Enter(UnitState.Running, nowTicks);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong EndOf(SchedulingUnit unit, ulong nowTicks)
    {
        ulong slice = (ulong)Math.Max(unit.SliceLeft, 1);
        ulong allowed = unit.HasCap ? (ulong)(unit.Budget / (Percent - unit.CapPercent)) + 1 : ulong.MaxValue;
        return nowTicks + Math.Min(slice, allowed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bill(SchedulingUnit unit, ulong ticks)
    {
        unit.VirtualTime += (ticks << VirtualShift) / unit.Share;
        unit.SliceLeft -= (long)ticks;
        unit.Budget -= unit.HasCap ? (long)ticks * Percent : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void NewSlice(SchedulingUnit unit, ulong ticks)
    {
        unit.SliceLeft = (long)ticks;
        unit.Deadline = unit.VirtualTime + ((ticks << VirtualShift) / unit.Share);
        unit.IsBoosted = false;
    }

    private void Refill(SchedulingUnit unit, ulong nowTicks)
    {
        // A long sleep fills it in any case, and must not overflow it.
        ulong elapsed = Math.Min(nowTicks - unit.BudgetTicks, SlicesRemembered * _sliceTicks);
        long most = (long)_sliceTicks * Percent;
        unit.Budget = Math.Clamp(unit.Budget + (long)(elapsed * unit.CapPercent), -most * Percent, most);
        unit.BudgetTicks = nowTicks;
    }

    private bool TryPark(SchedulingUnit unit, ulong nowTicks)
    {
        Refill(unit, nowTicks);
        if (unit.Budget > 0)
        {
            return false;
        }

        // Until there is the cap's part of a slice: fewer and longer runs.
        long wanted = ((long)_sliceTicks * unit.CapPercent) - unit.Budget;
        unit.ParkedUntil = nowTicks + (ulong)(wanted / unit.CapPercent) + 1;
        Leave(unit);
        _ = unit.Enter(UnitState.Parked, nowTicks);
        Add(_parked, ref _parkedCount, unit);
        return true;
    }

    private void UnparkDue(ulong nowTicks)
    {
        for (int i = _parkedCount - 1; i >= 0; i--)
        {
            SchedulingUnit unit = _parked[i]!;
            if (unit.ParkedUntil <= nowTicks || !unit.HasCap)
            {
                Remove(_parked, ref _parkedCount, unit);
                _ = unit.Enter(UnitState.Waiting, nowTicks);
                Join(unit, isForgotten: false);
                NewSlice(unit, _sliceTicks);
            }
        }
    }

    // Credit does not outlast an absence, debt does.
    private void Join(SchedulingUnit unit, bool isForgotten)
    {
        ulong average = Average(out _);
        if (isForgotten || (long)(unit.VirtualTime - average) < 0)
        {
            unit.VirtualTime = average;
        }

        Add(_units, ref _count, unit);
    }

    private void Leave(SchedulingUnit unit)
    {
        _ = Average(out _); // the others' mean starts from the last one with it
        Remove(_units, ref _count, unit);
        if (_current == unit)
        {
            _current = null;
        }
    }

    private static void Add(SchedulingUnit?[] list, ref int count, SchedulingUnit unit)
    {
        list[count] = unit;
        unit.Position = count;
        count++;
    }

    private static void Remove(SchedulingUnit?[] list, ref int count, SchedulingUnit unit)
    {
        count--;
        SchedulingUnit last = list[count]!;
        list[unit.Position] = last;
        last.Position = unit.Position;
        list[count] = null;
    }
}
