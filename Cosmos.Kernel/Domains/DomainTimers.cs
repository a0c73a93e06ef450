using System.Runtime.CompilerServices;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>The deadlines of one domain's devices, sorted: few, re-armed often, and the first one is read at every exit.</summary>
public sealed class DomainTimers : TimerQueue
{
    /// <summary>More timers than a board has.</summary>
    public const int Capacity = Quotas.Timers;

    private readonly Slot[] _slots = new Slot[Capacity];

    /// <summary>Timers armed.</summary>
    public int Count { get; private set; }

    /// <summary>True if a timer is armed.</summary>
    public bool IsAnyArmed => Count > 0;

    /// <inheritdoc/>
    public override void Arm(TimerEvent timer, ulong deadlineTicks)
    {
        int position = timer.QueuePosition;
        if (position >= 0 && IsInOrder(position, deadlineTicks))
        {
            timer.DeadlineTicks = deadlineTicks;
            NextDeadline = position == 0 ? deadlineTicks : NextDeadline;
            return;
        }

        Cancel(timer);
        position = Count;
        while (position > 0 && _slots[position - 1].Event!.DeadlineTicks > deadlineTicks)
        {
            Place(_slots[position - 1].Event!, position);
            position--;
        }

        timer.DeadlineTicks = deadlineTicks;
        Place(timer, position);
        Count++;
        NextDeadline = _slots[0].Event!.DeadlineTicks;
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
        Count--;
        for (int i = position; i < Count; i++)
        {
            Place(_slots[i + 1].Event!, i);
        }

        _slots[Count].Event = null;
        NextDeadline = Count == 0 ? ulong.MaxValue : _slots[0].Event!.DeadlineTicks;
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
        for (int i = 0; NextDeadline <= nowTicks && i < Quotas.ExpiriesPerRun && Count > 0; i++)
        {
            TimerEvent timer = _slots[0].Event!;
            Cancel(timer);
            timer.OnExpired(nowTicks);
        }
    }

    /// <summary>Disarms all.</summary>
    public void Reset()
    {
        while (Count > 0)
        {
            Cancel(_slots[Count - 1].Event!);
        }
    }

    // True if the timer at a position may stay there with another deadline.
    private bool IsInOrder(int position, ulong deadlineTicks)
        => (position == 0 || _slots[position - 1].Event!.DeadlineTicks <= deadlineTicks)
            && (position + 1 == Count || _slots[position + 1].Event!.DeadlineTicks > deadlineTicks);

    private void Place(TimerEvent timer, int position)
    {
        _slots[position].Event = timer;
        timer.QueuePosition = position;
    }

    // In an array of references each store would be checked for its type.
    private struct Slot
    {
        public TimerEvent? Event;
    }
}
