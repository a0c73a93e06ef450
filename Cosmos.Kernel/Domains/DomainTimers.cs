using System.Runtime.CompilerServices;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>The deadlines of one domain's devices, sorted: few, re-armed often, and the first one is read at every exit.</summary>
public sealed class DomainTimers : TimerQueue
{
    /// <summary>More timers than a board has.</summary>
    public const int Capacity = 32;

    // A periodic timer with a period shorter than its own service must not hold the CPU: the rest waits for the next run.
    private const int ExpiriesPerRun = 64;

    private readonly TimerEvent?[] _events = new TimerEvent?[Capacity];
    private int _count;

    /// <summary>The earliest deadline, or the maximum when none is armed.</summary>
    public ulong NextDeadline { get; private set; } = ulong.MaxValue;

    /// <summary>True if a timer is armed.</summary>
    public bool IsAnyArmed => _count > 0;

    /// <inheritdoc/>
    public override void Arm(TimerEvent timer, ulong deadlineTicks)
    {
        Cancel(timer);
        int position = _count;
        while (position > 0 && _events[position - 1]!.DeadlineTicks > deadlineTicks)
        {
            Place(_events[position - 1]!, position);
            position--;
        }

        timer.DeadlineTicks = deadlineTicks;
        Place(timer, position);
        _count++;
        NextDeadline = _events[0]!.DeadlineTicks;
    }

    /// <inheritdoc/>
    public override void Cancel(TimerEvent timer)
    {
        if (!timer.IsArmed)
        {
            return;
        }

        int position = timer.QueuePosition;
        timer.QueuePosition = -1;
        _count--;
        for (int i = position; i < _count; i++)
        {
            Place(_events[i + 1]!, i);
        }

        _events[_count] = null;
        NextDeadline = _count == 0 ? ulong.MaxValue : _events[0]!.DeadlineTicks;
    }

    /// <summary>Calls every timer that is due at <paramref name="nowTicks"/>, earliest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RunExpired(ulong nowTicks)
    {
        if (NextDeadline <= nowTicks)
        {
            RunDue(nowTicks);
        }
    }

    private void RunDue(ulong nowTicks)
    {
        for (int i = 0; NextDeadline <= nowTicks && i < ExpiriesPerRun && _count > 0; i++)
        {
            TimerEvent timer = _events[0]!;
            Cancel(timer);
            timer.OnExpired(nowTicks);
        }
    }

    /// <summary>Disarms all.</summary>
    public void Reset()
    {
        while (_count > 0)
        {
            Cancel(_events[_count - 1]!);
        }
    }

    private void Place(TimerEvent timer, int position)
    {
        _events[position] = timer;
        timer.QueuePosition = position;
    }
}
