using System;
using Multicosm.Devices.Bus;
using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <summary>
/// The MC146818 real-time clock with its CMOS memory: ports 0x70 (index) and 0x71 (data), IRQ 8. The time is taken from the wall clock
/// once, at reset, and goes on with the monotonic clock: so seconds, update-in-progress and interrupts agree with each other.
/// </summary>
/// <source>Motorola MC146818A data sheet, "Registers" and "Interrupts"</source>
public sealed partial class RtcCmos : BytePortDevice
{
    /// <summary>Port of the index; data is at the next.</summary>
    public const ushort IndexPort = 0x70;

    /// <summary>Index of the century byte, as the ACPI FADT names it.</summary>
    public const byte CenturyIndex = 0x32;

    private const int RegisterA = 0x0A;
    private const int RegisterB = 0x0B;
    private const int RegisterC = 0x0C;
    private const int RegisterD = 0x0D;
    private const byte UpdateInProgress = 0x80;
    private const byte SetTime = 0x80;
    private const byte PeriodicBit = 0x40;
    private const byte AlarmBit = 0x20;
    private const byte UpdateBit = 0x10;
    private const byte BinaryMode = 0x04;
    private const byte Hours24 = 0x02;
    private const byte ValidRam = 0x80;

    // UIP rises 244 us before the update cycle, which takes 1984 us with a 32 kHz crystal.
    private const ulong UpdatesPerSecond = 1_000_000 / (244 + 1984);
    private const ulong CrystalHertz = 32_768;

    private readonly MonotonicClock _clock;
    private readonly WallClock _wallClock;
    private readonly TimerQueue _timers;
    private readonly InterruptLine _irq8;
    private readonly RtcTimer _timer;
    private readonly TickScale _toCrystal;
    private readonly TickScale _fromCrystal;
    private readonly byte[] _memory = new byte[128];
    private byte _index;
    private byte _flags;
    private ulong _baseSeconds;
    private ulong _baseTicks;
    private ulong _seenTicks;

    /// <summary>A clock that has not been reset yet: call <see cref="Reset"/>.</summary>
    public RtcCmos(MonotonicClock clock, WallClock wallClock, TimerQueue timers, InterruptLine irq8)
    {
        _clock = clock;
        _wallClock = wallClock;
        _timers = timers;
        _irq8 = irq8;
        _timer = new RtcTimer(this);
        _toCrystal = new TickScale(clock.TicksPerSecond, CrystalHertz);
        _fromCrystal = new TickScale(CrystalHertz, clock.TicksPerSecond);
    }

    /// <summary>The state that firmware leaves: 24 hours, BCD, 1024 Hz selected, no interrupt enabled, the time of the wall clock.</summary>
    public void Reset()
    {
        _timers.Cancel(_timer);
        Array.Clear(_memory);
        _memory[RegisterA] = 0x26;
        _memory[RegisterB] = Hours24;
        _memory[0x14] = 0x02; // equipment: a floating-point unit
        _index = 0;
        _flags = 0;
        _baseSeconds = _wallClock.UnixSeconds;
        _baseTicks = _clock.Now;
        _seenTicks = _baseTicks;
        _irq8.Set(false);
    }

    /// <summary>Writes the memory size where firmware leaves it, from RAM bytes below and above 4 GiB. Call after <see cref="Reset"/>.</summary>
    public void SetMemorySize(ulong lowBytes, ulong highBytes)
    {
        const ulong Mebibyte = 1 << 20;
        ulong extendedKibibytes = lowBytes < Mebibyte ? 0 : Math.Min((lowBytes - Mebibyte) >> 10, 0xFFFF);
        ulong above16 = lowBytes < 16 * Mebibyte ? 0 : Math.Min((lowBytes - (16 * Mebibyte)) >> 16, 0xFFFF);
        ulong above4G = Math.Min(highBytes >> 16, 0xFFFFFF);
        StoreWord(0x15, 640);
        StoreWord(0x17, extendedKibibytes);
        StoreWord(0x30, extendedKibibytes);
        StoreWord(0x34, above16);
        StoreWord(0x5B, above4G);
        _memory[0x5D] = (byte)(above4G >> 16);
    }

    /// <inheritdoc/>
    public override byte ReadByte(ushort port)
    {
        if (port == IndexPort)
        {
            return 0xFF; // write only
        }

        switch (_index)
        {
            case RegisterA:
                return (byte)(_memory[RegisterA] | (IsUpdating() ? UpdateInProgress : 0));
            case RegisterC:
                return TakeFlags();
            case RegisterD:
                return ValidRam;
            default:
                if (IsTime(_index) && !IsSetting)
                {
                    ShowTime(SecondsAt(_clock.Now));
                }

                return _memory[_index];
        }
    }

    /// <inheritdoc/>
    public override void WriteByte(ushort port, byte value)
    {
        if (port == IndexPort)
        {
            _index = (byte)(value & 0x7F); // bit 7 masks NMI, of which there are none
            return;
        }

        Collect();
        switch (_index)
        {
            case RegisterA:
                _memory[RegisterA] = (byte)(value & 0x7F);
                break;
            case RegisterB:
                WriteRegisterB(value);
                break;
            case RegisterC or RegisterD:
                break; // read only
            default:
                WriteMemory(value);
                break;
        }

        Settle();
    }

    private bool IsSetting => (_memory[RegisterB] & SetTime) != 0;

    private static bool IsTime(int index) => index is 0 or 2 or 4 or 6 or 7 or 8 or 9 or CenturyIndex;

    private ulong SecondsAt(ulong ticks) => _baseSeconds + ((ticks - _baseTicks) / _clock.TicksPerSecond);

    private ulong TicksAt(ulong seconds) => _baseTicks + ((seconds - _baseSeconds) * _clock.TicksPerSecond);

    private bool IsUpdating()
    {
        ulong second = _clock.TicksPerSecond;
        return !IsSetting && second - ((_clock.Now - _baseTicks) % second) <= second / UpdatesPerSecond;
    }

    private void WriteRegisterB(byte value)
    {
        bool wasSetting = IsSetting;
        ulong now = _clock.Now;
        if (!wasSetting && (value & SetTime) != 0)
        {
            ShowTime(SecondsAt(now));
        }

        if ((value & SetTime) != 0)
        {
            value &= unchecked((byte)~UpdateBit); // setting the clock disables its update interrupt
        }

        _memory[RegisterB] = value;
        if (wasSetting && (value & SetTime) == 0)
        {
            StartFrom(now);
        }
    }

    private void WriteMemory(byte value)
    {
        bool restart = IsTime(_index) && !IsSetting;
        ulong now = _clock.Now;
        if (restart)
        {
            ShowTime(SecondsAt(now));
        }

        _memory[_index] = value;
        if (restart)
        {
            StartFrom(now);
        }
    }

    // The fraction of the second goes on: only the divider chain could clear it.
    private void StartFrom(ulong now)
    {
        CalendarTime time = default;
        time.Second = Decode(_memory[0]);
        time.Minute = Decode(_memory[2]);
        time.Hour = DecodeHour(_memory[4]);
        time.Day = Decode(_memory[7]);
        time.Month = Decode(_memory[8]);
        time.Year = (Decode(_memory[CenturyIndex]) * 100) + Decode(_memory[9]);
        _baseTicks += (now - _baseTicks) / _clock.TicksPerSecond * _clock.TicksPerSecond;
        _baseSeconds = time.ToUnixSeconds();
        _seenTicks = now;
    }

    private void ShowTime(ulong unixSeconds)
    {
        CalendarTime time = CalendarTime.FromUnixSeconds(unixSeconds);
        _memory[0] = Encode(time.Second);
        _memory[2] = Encode(time.Minute);
        _memory[4] = EncodeHour(time.Hour);
        _memory[6] = Encode(time.WeekDay);
        _memory[7] = Encode(time.Day);
        _memory[8] = Encode(time.Month);
        _memory[9] = Encode(time.Year % 100);
        _memory[CenturyIndex] = Encode(time.Year / 100 % 100);
    }

    private byte Encode(int value) => (byte)((_memory[RegisterB] & BinaryMode) != 0 ? value : (value / 10 * 16) + (value % 10));

    private int Decode(byte value) => (_memory[RegisterB] & BinaryMode) != 0 ? value : ((value >> 4) * 10) + (value & 15);

    private byte EncodeHour(int hour)
    {
        if ((_memory[RegisterB] & Hours24) != 0)
        {
            return Encode(hour);
        }

        int shown = hour % 12 == 0 ? 12 : hour % 12;
        return (byte)(Encode(shown) | (hour >= 12 ? 0x80 : 0));
    }

    private int DecodeHour(byte value)
    {
        if ((_memory[RegisterB] & Hours24) != 0)
        {
            return Decode(value);
        }

        return (Decode((byte)(value & 0x7F)) % 12) + ((value & 0x80) != 0 ? 12 : 0);
    }

    private void StoreWord(int index, ulong value)
    {
        _memory[index] = (byte)value;
        _memory[index + 1] = (byte)(value >> 8);
    }
}
