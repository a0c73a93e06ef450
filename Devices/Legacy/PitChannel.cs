namespace Multicosm.Devices.Legacy;

/// <summary>
/// One counter of an 8254. It does not tick: from the time of its last load, in counts of the input clock, everything else is computed.
/// Times are counts of the 1,193,182 Hz clock since the PC's power-on.
/// </summary>
/// <source>Intel 8254 data sheet, "Mode Definitions"</source>
internal sealed class PitChannel
{
    /// <summary>Answer of <see cref="NextRise"/>: the output will not rise by itself.</summary>
    internal const ulong Never = ulong.MaxValue;

    private readonly bool _gateAtReset;
    private byte _mode;
    private byte _access;
    private bool _bcd;
    private bool _gate;
    private bool _isLoaded;
    private bool _isTriggered;
    private uint _reload;
    private uint _nextReload;
    private bool _reloadWaits;
    private ulong _reloadTime;
    private ulong _start;
    private ulong _elapsedAtPause;
    private byte _lowWritten;
    private bool _highIsNext;
    private bool _readHighNext;
    private int _latchedBytes;
    private uint _latchedValue;
    private bool _statusLatched;
    private byte _latchedStatus;

    /// <summary>A counter whose gate has the level <paramref name="gateAtReset"/> after reset.</summary>
    internal PitChannel(bool gateAtReset)
    {
        _gateAtReset = gateAtReset;
        Reset();
    }

    /// <summary>The GATE input.</summary>
    internal bool Gate => _gate;

    private uint Modulus => _bcd ? 10_000u : 0x10000u;

    private bool IsPeriodic => _mode is 2 or 3;

    /// <summary>Power-on state: mode 0, not counting until a count is written.</summary>
    internal void Reset()
    {
        _mode = 0;
        _access = 3;
        _bcd = false;
        _gate = _gateAtReset;
        _reload = 0x10000;
        Forget();
    }

    /// <summary>A control word for this counter (not a latch command).</summary>
    internal void Configure(byte control)
    {
        int mode = (control >> 1) & 7;
        _mode = (byte)(mode > 5 ? mode & 3 : mode);
        _access = (byte)((control >> 4) & 3);
        _bcd = (control & 1) != 0;
        Forget();
    }

    /// <summary>A byte of the count.</summary>
    internal void WriteCount(byte value, ulong now)
    {
        switch (_access)
        {
            case 1:
                Load(value, now);
                break;
            case 2:
                Load((uint)value << 8, now);
                break;
            case 3 when !_highIsNext:
                _lowWritten = value;
                _highIsNext = true;
                _isLoaded &= _mode != 0; // in mode 0 the first byte stops the count
                break;
            case 3:
                _highIsNext = false;
                Load(((uint)value << 8) | _lowWritten, now);
                break;
            default:
                break;
        }
    }

    /// <summary>A byte of the status or the count: latched ones first.</summary>
    internal byte ReadCount(ulong now)
    {
        if (_statusLatched)
        {
            _statusLatched = false;
            return _latchedStatus;
        }

        uint value = _latchedBytes > 0 ? _latchedValue : CountAt(now);
        bool high = _access == 2 || (_access == 3 && _readHighNext);
        _readHighNext = _access == 3 && !_readHighNext;
        _latchedBytes -= _latchedBytes > 0 ? 1 : 0;
        return (byte)(high ? value >> 8 : value);
    }

    /// <summary>Keeps the count of now for the next read; nothing if one is kept already.</summary>
    internal void LatchCount(ulong now)
    {
        if (_latchedBytes == 0)
        {
            _latchedValue = CountAt(now);
            _latchedBytes = _access == 3 ? 2 : 1;
        }
    }

    /// <summary>Keeps the status of now for the next read; nothing if one is kept already.</summary>
    internal void LatchStatus(ulong now)
    {
        if (!_statusLatched)
        {
            Advance(now);
            bool nullCount = !_isLoaded || _reloadWaits;
            _latchedStatus = (byte)((OutputAt(now) ? 0x80 : 0) | (nullCount ? 0x40 : 0) | (_access << 4) | (_mode << 1) | (_bcd ? 1 : 0));
            _statusLatched = true;
        }
    }

    /// <summary>Sets GATE. A rising edge triggers modes 1 and 5 and restarts 2 and 3; a low gate pauses modes 0 and 4.</summary>
    internal void SetGate(bool level, ulong now)
    {
        if (level == _gate)
        {
            return;
        }

        Advance(now);
        if (level)
        {
            bool resumes = _mode is 0 or 4;
            _start = resumes ? now - _elapsedAtPause : now + 1;
            _isTriggered = true;
            if (!resumes && _reloadWaits)
            {
                TakeReload(_start);
            }
        }
        else
        {
            _elapsedAtPause = Elapsed(now);
        }

        _gate = level;
    }

    /// <summary>The OUT pin.</summary>
    internal bool OutputAt(ulong now)
    {
        Advance(now);
        ulong elapsed = Elapsed(now);
        return _mode switch
        {
            0 => _isLoaded && elapsed >= _reload,
            1 => !_isLoaded || !_isTriggered || elapsed >= _reload,
            2 => !_isLoaded || !_gate || elapsed % _reload != _reload - 1,
            3 => !_isLoaded || !_gate || elapsed % _reload < (_reload + 1) / 2,
            4 => !_isLoaded || elapsed != _reload,
            _ => !_isLoaded || !_isTriggered || elapsed != _reload,
        };
    }

    /// <summary>When OUT next rises after <paramref name="now"/>, or <see cref="Never"/>.</summary>
    internal ulong NextRise(ulong now)
    {
        Advance(now);
        if (!_isLoaded || (!_gate && _mode is not (1 or 5)) || (!_isTriggered && _mode is (1 or 5)))
        {
            return Never;
        }

        ulong elapsed = Elapsed(now);
        if (IsPeriodic)
        {
            // Until the new count is taken the old period ends first.
            return _reloadWaits ? _reloadTime : _start + (((elapsed / _reload) + 1) * _reload);
        }

        ulong rise = _mode is 4 or 5 ? _reload + 1UL : _reload;
        return elapsed < rise ? _start + rise : Never;
    }

    /// <summary>The length of a period in modes 2 and 3, else 0.</summary>
    internal uint Period => _isLoaded && IsPeriodic ? _reload : 0;

    private void Forget()
    {
        _isLoaded = false;
        _isTriggered = false;
        _reloadWaits = false;
        _highIsNext = false;
        _readHighNext = false;
        _latchedBytes = 0;
        _statusLatched = false;
        _elapsedAtPause = 0;
    }

    private void Load(uint written, ulong now)
    {
        uint count = _bcd ? FromBcd(written) : written;
        count = count == 0 ? Modulus : count;
        Advance(now);
        if (_isLoaded && _mode is not (0 or 4))
        {
            LoadLater(count, now);
            return;
        }

        // A count of 1 is illegal in mode 2 and would mean an output that never rises: as 2.
        _reload = IsPeriodic && count == 1 ? 2 : count;
        _isLoaded = true;
        _reloadWaits = false;
        _start = now + 1; // the count is taken with the next clock pulse
        _elapsedAtPause = 0;
    }

    // A running rate generator takes a new count at its period's end, a one-shot at its next trigger.
    private void LoadLater(uint count, ulong now)
    {
        _nextReload = IsPeriodic && count == 1 ? 2 : count;
        _reloadWaits = true;
        ulong elapsed = Elapsed(now);
        _reloadTime = IsPeriodic && _gate ? _start + (((elapsed / _reload) + 1) * _reload) : Never;
    }

    private void Advance(ulong now)
    {
        if (_reloadWaits && now >= _reloadTime)
        {
            TakeReload(_reloadTime);
        }
    }

    private void TakeReload(ulong start)
    {
        _reload = _nextReload;
        _reloadWaits = false;
        _start = start;
    }

    // Counts since the load; 0 until the clock pulse that takes it.
    private ulong Elapsed(ulong now)
    {
        if (!_gate && _mode is not (1 or 5))
        {
            return _elapsedAtPause;
        }

        return now > _start ? now - _start : 0;
    }

    private uint CountAt(ulong now)
    {
        Advance(now);
        ulong elapsed = Elapsed(now);
        if (!_isLoaded || (!_isTriggered && _mode is (1 or 5)))
        {
            elapsed = 0;
        }

        uint count = _mode switch
        {
            2 => _reload - (uint)(elapsed % _reload),
            3 => SquareWaveCount((uint)(elapsed % _reload)),
            _ => (uint)((_reload + Modulus - (elapsed % Modulus)) % Modulus),
        };
        count %= Modulus;
        return _bcd ? ToBcd(count) : count;
    }

    // Mode 3 counts by two, twice a period; an odd count starts one lower and its high half is one clock longer.
    private uint SquareWaveCount(uint position)
    {
        uint high = (_reload + 1) / 2;
        uint inHalf = position < high ? position : position - high;
        return (_reload & ~1u) - (inHalf * 2);
    }

    private static uint FromBcd(uint value) => (value & 15) + (((value >> 4) & 15) * 10) + (((value >> 8) & 15) * 100) + (((value >> 12) & 15) * 1000);

    private static uint ToBcd(uint value) => (value % 10) | (value / 10 % 10 << 4) | (value / 100 % 10 << 8) | (value / 1000 % 10 << 12);
}
