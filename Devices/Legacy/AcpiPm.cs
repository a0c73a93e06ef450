using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <summary>
/// ACPI fixed hardware as in a PIIX4: PM1a event and control blocks, the 24-bit PM timer, and a general-purpose event block without events.
/// The board is always in ACPI mode (SCI_EN reads 1, there is no SMI command port). Sleep type 5 switches the guest off; there are no others.
/// </summary>
/// <source>ACPI Specification 6.5, "ACPI Hardware Features"; 82371AB (PIIX4) data sheet, "Power Management I/O Registers"</source>
public sealed class AcpiPm : PortDevice
{
    /// <summary>First port: PM1a event block (status, enable), 4 bytes.</summary>
    public const ushort PmBase = 0x600;

    /// <summary>Ports from <see cref="PmBase"/>.</summary>
    public const int PmLength = 0x40;

    /// <summary>PM1a control block, 2 bytes.</summary>
    public const ushort ControlPort = 0x604;

    /// <summary>PM timer, 4 bytes.</summary>
    public const ushort TimerPort = 0x608;

    /// <summary>General-purpose event block 0: 2 bytes of status, 2 of enable.</summary>
    public const ushort GpeBase = 0xAFE0;

    /// <summary>Ports from <see cref="GpeBase"/>.</summary>
    public const int GpeLength = 4;

    /// <summary>The system control interrupt: level-triggered.</summary>
    public const int SciIrq = 9;

    /// <summary>SLP_TYP of S5: soft off.</summary>
    public const int SleepTypeOff = 5;

    /// <summary>Hertz of the PM timer.</summary>
    public const ulong TimerHertz = 3_579_545;

    private const int TimerBits = 24;
    private const int EventRegister = 0;
    private const int ControlRegister = 4;
    private const int TimerRegister = 8;
    private const uint TimerBit = 0x0001;
    private const uint PowerButtonBit = 0x0100;
    private const uint EnableWritable = 0x0521; // timer, global, power button, RTC
    private const uint ControlSciEnable = 0x0001;
    private const uint ControlWritable = 0x1C03; // SLP_TYP, bus master reload, SCI_EN
    private const uint ControlSleepEnable = 0x2000;
    private const uint GpeWritable = 0xFFFF;

    private readonly MonotonicClock _clock;
    private readonly TimerQueue _timers;
    private readonly InterruptLine _sci;
    private readonly GuestPower _power;
    private readonly OverflowTimer _timer;
    private readonly TickScale _toCounts;
    private readonly TickScale _toTicks;
    private uint _status;
    private uint _enable;
    private uint _control;
    private uint _gpeEnable;
    private ulong _seenHalf;

    /// <summary>The registers in power-on state.</summary>
    public AcpiPm(MonotonicClock clock, TimerQueue timers, InterruptLine sci, GuestPower power)
    {
        _clock = clock;
        _timers = timers;
        _sci = sci;
        _power = power;
        _timer = new OverflowTimer(this);
        _toCounts = new TickScale(clock.TicksPerSecond, TimerHertz);
        _toTicks = new TickScale(TimerHertz, clock.TicksPerSecond);
    }

    /// <summary>Power-on state: no event, none enabled.</summary>
    public void Reset()
    {
        _timers.Cancel(_timer);
        IsButtonNew = false;
        _status = 0;
        _enable = 0;
        _control = 0;
        _gpeEnable = 0;
        _seenHalf = Half();
        _sci.Set(false);
    }

    /// <summary>True if the power button was pressed and <see cref="TellButton"/> has not told the guest.</summary>
    public bool IsButtonNew { get; private set; }

    /// <summary>The operator presses the power button; true if its event is enabled.</summary>
    public bool PressPowerButton()
    {
        IsButtonNew = true;
        return (_enable & PowerButtonBit) != 0;
    }

    /// <summary>If the power button was pressed, its status bit is set, and the SCI raised if it is enabled.</summary>
    public void TellButton()
    {
        if (IsButtonNew)
        {
            IsButtonNew = false;
            _status |= PowerButtonBit;
            Settle();
        }
    }

    /// <inheritdoc/>
    public override uint Read(ushort port, int sizeBytes)
    {
        bool isGpe = port >= GpeBase;
        int offset = port - (isGpe ? GpeBase : PmBase);
        int shift = 8 * (offset & 3);
        ulong value = Register(isGpe, offset & ~3);
        if (shift + (8 * sizeBytes) > 32)
        {
            value |= (ulong)Register(isGpe, (offset & ~3) + 4) << 32;
        }

        return (uint)(value >> shift);
    }

    /// <inheritdoc/>
    public override void Write(ushort port, int sizeBytes, uint value)
    {
        bool isGpe = port >= GpeBase;
        int offset = port - (isGpe ? GpeBase : PmBase);
        int shift = 8 * (offset & 3);
        ulong mask = (sizeBytes >= 4 ? uint.MaxValue : (1UL << (8 * sizeBytes)) - 1) << shift;
        ulong shifted = ((ulong)value << shift) & mask;
        WriteRegister(isGpe, offset & ~3, (uint)shifted, (uint)mask);
        if (mask > uint.MaxValue)
        {
            WriteRegister(isGpe, (offset & ~3) + 4, (uint)(shifted >> 32), (uint)(mask >> 32));
        }
    }

    private uint Register(bool isGpe, int offset)
    {
        if (isGpe)
        {
            return offset == 0 ? _gpeEnable << 16 : 0;
        }

        Collect();
        return offset switch
        {
            EventRegister => _status | (_enable << 16),
            ControlRegister => _control | ControlSciEnable,
            TimerRegister => (uint)_toCounts.Convert(_clock.Now) & ((1u << TimerBits) - 1),
            _ => 0,
        };
    }

    private void WriteRegister(bool isGpe, int offset, uint value, uint mask)
    {
        if (isGpe)
        {
            uint gpeMask = offset == 0 ? (mask >> 16) & GpeWritable : 0;
            _gpeEnable = (_gpeEnable & ~gpeMask) | ((value >> 16) & gpeMask);
            return;
        }

        Collect();
        if (offset == EventRegister)
        {
            _status &= ~value; // ones clear
            uint enableMask = (mask >> 16) & EnableWritable;
            _enable = (_enable & ~enableMask) | ((value >> 16) & enableMask);
            Settle();
        }
        else if (offset == ControlRegister)
        {
            uint controlMask = mask & ControlWritable;
            _control = (_control & ~controlMask) | (value & controlMask);
            if ((value & ControlSleepEnable) != 0 && ((_control >> 10) & 7) == SleepTypeOff)
            {
                _power.PowerOff();
            }
        }
    }

    // The timer's status bit is set at each change of the counter's top bit.
    private ulong Half() => _toCounts.Convert(_clock.Now) >> (TimerBits - 1);

    private void Collect()
    {
        ulong half = Half();
        _status |= half != _seenHalf ? TimerBit : 0;
        _seenHalf = half;
    }

    private void Settle()
    {
        _sci.Set((_status & _enable) != 0);
        if ((_enable & ~_status & TimerBit) != 0)
        {
            _timers.Arm(_timer, _toTicks.Convert((_seenHalf + 1) << (TimerBits - 1)) + 1);
        }
        else
        {
            _timers.Cancel(_timer);
        }
    }

    private sealed class OverflowTimer(AcpiPm owner) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks)
        {
            owner.Collect();
            owner.Settle();
        }
    }
}
