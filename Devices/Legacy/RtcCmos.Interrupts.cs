using System;
using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <content>Periodic, alarm and update-ended interrupts.</content>
public sealed partial class RtcCmos
{
    private const byte AlarmAny = 0xC0; // from here on an alarm byte matches every value

    private byte TakeFlags()
    {
        Collect();
        int enabled = _flags & _memory[RegisterB];
        byte value = (byte)(_flags | (enabled != 0 ? 0x80 : 0));
        _flags = 0;
        Settle();
        return value;
    }

    private RtcAlarm Alarm()
    {
        byte hour = _memory[5];
        byte minute = _memory[3];
        byte second = _memory[1];
        return new RtcAlarm(
            hour >= AlarmAny ? RtcAlarm.Any : DecodeHour(hour),
            minute >= AlarmAny ? RtcAlarm.Any : Decode(minute),
            second >= AlarmAny ? RtcAlarm.Any : Decode(second));
    }

    // Crystal cycles in a period; rates 1 and 2 repeat 8 and 9. 0 = off.
    private int PeriodShift()
    {
        int rate = _memory[RegisterA] & 15;
        return rate is 1 or 2 ? rate + 6 : rate - 1;
    }

    // Sets the flags of all that happened since the last look.
    private void Collect()
    {
        ulong now = _clock.Now;
        int shift = PeriodShift();
        if (shift >= 0 && _toCrystal.Convert(now) >> shift != _toCrystal.Convert(_seenTicks) >> shift)
        {
            _flags |= PeriodicBit;
        }

        ulong before = SecondsAt(_seenTicks);
        ulong seconds = SecondsAt(now);
        if (!IsSetting && seconds != before)
        {
            _flags |= UpdateBit;
            _flags |= Alarm().After(before) <= seconds ? AlarmBit : (byte)0;
        }

        _seenTicks = now;
    }

    // Sets the wire from flags and enables, and the timer to the next thing that could raise it.
    private void Settle()
    {
        byte enabled = (byte)(_memory[RegisterB] & (PeriodicBit | AlarmBit | UpdateBit));
        _irq8.Set((_flags & enabled) != 0);

        byte awaited = (byte)(enabled & ~_flags);
        ulong due = ulong.MaxValue;
        int shift = PeriodShift();
        if ((awaited & PeriodicBit) != 0 && shift >= 0)
        {
            due = _fromCrystal.Convert(((_toCrystal.Convert(_seenTicks) >> shift) + 1) << shift) + 1;
        }

        if ((awaited & UpdateBit) != 0 && !IsSetting)
        {
            due = Math.Min(due, TicksAt(SecondsAt(_seenTicks) + 1));
        }

        if ((awaited & AlarmBit) != 0 && !IsSetting)
        {
            ulong ring = Alarm().After(SecondsAt(_seenTicks));
            due = ring == RtcAlarm.Never ? due : Math.Min(due, TicksAt(ring));
        }

        if (due == ulong.MaxValue)
        {
            _timers.Cancel(_timer);
        }
        else
        {
            _timers.Arm(_timer, due);
        }
    }

    private sealed class RtcTimer(RtcCmos owner) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks)
        {
            owner.Collect();
            owner.Settle();
        }
    }
}
