using System;
using Multicosm.Devices.Bus;
using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <summary>The 8254 programmable interval timer: ports 0x40-0x43. Counter 0 drives IRQ 0, counter 2 the speaker and port 0x61.</summary>
/// <source>Intel 8254 data sheet, "Programming the 82C54" and "Read Operations"</source>
public sealed class Pit8254 : BytePortDevice
{
    /// <summary>Port of counter 0; counters 1 and 2 follow.</summary>
    public const ushort Counter0Port = 0x40;

    /// <summary>The control word's port.</summary>
    public const ushort ControlPort = 0x43;

    /// <summary>Hertz of the input clock.</summary>
    public const ulong InputHertz = 1_193_182;

    // A guest whose timer interrupts came late gets them at up to this many times the rate, and what is older than MaxBacklog is dropped.
    private const int CatchUpFactor = 4;
    private const int MaxBacklogPeriods = 32;
    private const ulong ShortestIntervalsPerSecond = 20_000;

    private readonly MonotonicClock _clock;
    private readonly TimerQueue _timers;
    private readonly InterruptLine _irq0;
    private readonly Counter0Timer _timer;
    private readonly TickScale _toCounts;
    private readonly TickScale _toTicks;
    private readonly PitChannel _counter0 = new(gateAtReset: true);
    private readonly PitChannel _counter1 = new(gateAtReset: true);
    private readonly PitChannel _counter2 = new(gateAtReset: false);
    private ulong _nextRise = PitChannel.Never;

    /// <summary>A timer in power-on state.</summary>
    public Pit8254(MonotonicClock clock, TimerQueue timers, InterruptLine irq0)
    {
        _clock = clock;
        _timers = timers;
        _irq0 = irq0;
        _timer = new Counter0Timer(this);
        _toCounts = new TickScale(clock.TicksPerSecond, InputHertz);
        _toTicks = new TickScale(InputHertz, clock.TicksPerSecond);
    }

    /// <summary>OUT of counter 2.</summary>
    public bool SpeakerOutput => _counter2.OutputAt(NowCounts);

    /// <summary>GATE of counter 2.</summary>
    public bool SpeakerGate
    {
        get => _counter2.Gate;
        set => _counter2.SetGate(value, NowCounts);
    }

    private ulong NowCounts => _toCounts.Convert(_clock.Now);

    /// <summary>Power-on state: no counter counts, IRQ 0 is low.</summary>
    public void Reset()
    {
        _timers.Cancel(_timer);
        _counter0.Reset();
        _counter1.Reset();
        _counter2.Reset();
        _nextRise = PitChannel.Never;
        _irq0.Set(false);
    }

    /// <inheritdoc/>
    public override byte ReadByte(ushort port) => port < ControlPort ? Counter(port & 3).ReadCount(NowCounts) : (byte)0xFF;

    /// <inheritdoc/>
    public override void WriteByte(ushort port, byte value)
    {
        if (port == ControlPort && value >= 0xC0)
        {
            ReadBack(value);
            return;
        }

        ulong now = NowCounts;
        if (port != ControlPort)
        {
            Counter(port & 3).WriteCount(value, now);
        }
        else if ((value & 0x30) == 0)
        {
            Counter(value >> 6).LatchCount(now);
            return;
        }
        else
        {
            Counter(value >> 6).Configure(value);
        }

        bool isCounter0 = port == Counter0Port || (port == ControlPort && value < 0x40);
        if (isCounter0)
        {
            _irq0.Set(_counter0.OutputAt(now));
            _nextRise = _counter0.NextRise(now);
            Arm(_clock.Now);
        }
    }

    private PitChannel Counter(int number) => number switch
    {
        0 => _counter0,
        1 => _counter1,
        _ => _counter2,
    };

    private void ReadBack(byte command)
    {
        if ((command & 0x0E) == 0)
        {
            return; // of no counter
        }

        ulong now = NowCounts;
        for (int i = 0; i < 3; i++)
        {
            if ((command & (2 << i)) == 0)
            {
                continue;
            }

            if ((command & 0x10) == 0)
            {
                Counter(i).LatchStatus(now);
            }

            if ((command & 0x20) == 0)
            {
                Counter(i).LatchCount(now);
            }
        }
    }

    // One event per rising edge of OUT: the falling one is of no interest to an edge-triggered input.
    private void OnRise(ulong nowTicks)
    {
        _irq0.Set(false);
        _irq0.Set(true);

        ulong now = _toCounts.Convert(nowTicks);
        uint period = _counter0.Period;
        ulong oldest = now - Math.Min(now, (ulong)period * MaxBacklogPeriods);
        ulong from = Math.Max(_nextRise, period == 0 ? now : oldest);
        _nextRise = _counter0.NextRise(from);
        Arm(nowTicks);
    }

    private void Arm(ulong nowTicks)
    {
        if (_nextRise == PitChannel.Never)
        {
            _timers.Cancel(_timer);
            return;
        }

        // Due, or overdue: then the missed ones follow each other at a pace that a guest can take.
        ulong due = _toTicks.Convert(_nextRise) + 1;
        ulong spacing = _toTicks.Convert(_counter0.Period) / CatchUpFactor;
        ulong shortest = _clock.TicksPerSecond / ShortestIntervalsPerSecond;
        ulong earliest = nowTicks + (_counter0.Period == 0 ? 0 : Math.Max(spacing, shortest));
        _timers.Arm(_timer, Math.Max(due, earliest));
    }

    private sealed class Counter0Timer(Pit8254 owner) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks) => owner.OnRise(nowTicks);
    }
}
