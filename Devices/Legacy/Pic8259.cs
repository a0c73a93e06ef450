using System.Numerics;

namespace Multicosm.Devices.Legacy;

/// <summary>One 8259A programmable interrupt controller in 8086 mode.</summary>
/// <source>Intel 8259A data sheet, "Operation Command Words"; 82371AB (PIIX4), "Interrupt Controller Registers"</source>
internal sealed class Pic8259
{
    /// <summary>Answers of <see cref="HighestRequest"/>: no request.</summary>
    internal const int NoRequest = -1;

    private readonly byte _levelWired;
    private readonly byte _levelSelectable;
    private byte _lines;
    private byte _latched;
    private byte _inService;
    private byte _mask;
    private byte _edgeLevel;
    private byte _vectorBase;
    private byte _lowestPriority;
    private byte _nextInitWord;
    private bool _wantsFourthWord;
    private bool _autoEoi;
    private bool _rotateOnAutoEoi;
    private bool _specialFullyNested;
    private bool _specialMask;
    private bool _readInService;
    private bool _poll;

    /// <summary>A controller whose inputs <paramref name="levelWired"/> follow their wire, and whose ELCR has the bits <paramref name="levelSelectable"/>.</summary>
    internal Pic8259(byte levelWired, byte levelSelectable)
    {
        _levelWired = levelWired;
        _levelSelectable = levelSelectable;
        Reset();
    }

    /// <summary>Edge/level control: a bit per input, 1 = level.</summary>
    internal byte EdgeLevel
    {
        get => _edgeLevel;
        set => _edgeLevel = (byte)(value & _levelSelectable);
    }

    private byte Requests => (byte)((_latched & ~LevelInputs) | (_lines & LevelInputs));

    private byte LevelInputs => (byte)(_edgeLevel | _levelWired);

    /// <summary>Power-on state. The data sheet leaves it open; all inputs masked is the one that surprises nobody.</summary>
    internal void Reset()
    {
        _lines = 0;
        _edgeLevel = 0;
        _vectorBase = 0;
        _nextInitWord = 0;
        BeginInitialization(0);
        _nextInitWord = 0;
        _mask = 0xFF;
    }

    /// <summary>
    /// Sets input <paramref name="input"/> (0..7); a rising edge is latched, so that a short pulse is not lost. False if the input is masked:
    /// <see cref="HighestRequest"/> has not changed.
    /// </summary>
    internal bool SetInput(int input, bool asserted)
    {
        byte bit = (byte)(1 << input);
        if (asserted)
        {
            _latched |= (byte)(bit & ~_lines & ~LevelInputs);
            _lines |= bit;
        }
        else
        {
            _lines &= (byte)~bit;
        }

        return (bit & _mask) == 0;
    }

    /// <summary>The input that INTR stands for now, or <see cref="NoRequest"/>.</summary>
    internal int HighestRequest()
    {
        int pending = Requests & ~_mask;
        if (pending == 0)
        {
            return NoRequest;
        }

        int blocking = _specialMask ? _inService & ~_mask : _inService;
        int request = PriorityOf(pending);
        int input = InputOf(request);
        int barrier = blocking == 0 ? 8 : PriorityOf(blocking);

        // In special fully nested mode the cascade does not block a higher request of its slave.
        bool nested = _specialFullyNested && request == barrier && ((_levelWired >> input) & 1) != 0;
        return request < barrier || nested ? input : NoRequest;
    }

    /// <summary>The INTA cycle for <paramref name="input"/>; gives its vector.</summary>
    internal byte Acknowledge(int input)
    {
        byte bit = (byte)(1 << input);
        _latched &= (byte)~bit;
        if (!_autoEoi)
        {
            _inService |= bit;
        }
        else if (_rotateOnAutoEoi)
        {
            _lowestPriority = (byte)input;
        }

        return VectorOf(input);
    }

    /// <summary>The vector of <paramref name="input"/>; that of input 7 without an acknowledge is the spurious interrupt.</summary>
    internal byte VectorOf(int input) => (byte)(_vectorBase | input);

    /// <summary>True if the next read is a poll, which takes a request into service.</summary>
    internal bool IsPolling => _poll;

    /// <summary>Reads the even (command) or odd (data) port.</summary>
    internal byte Read(bool dataPort)
    {
        if (_poll)
        {
            _poll = false;
            int request = HighestRequest();
            if (request == NoRequest)
            {
                return 7;
            }

            _ = Acknowledge(request); // a poll reads the number, not the vector
            return (byte)(0x80 | request);
        }

        if (dataPort)
        {
            return _mask;
        }

        return _readInService ? _inService : Requests;
    }

    /// <summary>Writes the even (command) or odd (data) port.</summary>
    internal void Write(bool dataPort, byte value)
    {
        if (dataPort)
        {
            WriteData(value);
        }
        else if ((value & 0x10) != 0)
        {
            BeginInitialization(value);
        }
        else if ((value & 0x08) != 0)
        {
            WriteThirdCommand(value);
        }
        else
        {
            WriteSecondCommand(value);
        }
    }

    // ICW1. The cascade is wired, so SNGL does not matter, and ELCR has taken the place of LTIM.
    private void BeginInitialization(byte value)
    {
        _wantsFourthWord = (value & 1) != 0;
        _nextInitWord = 2;
        _latched = 0;
        _inService = 0;
        _mask = 0;
        _lowestPriority = 7;
        _autoEoi = false;
        _rotateOnAutoEoi = false;
        _specialFullyNested = false;
        _specialMask = false;
        _readInService = false;
        _poll = false;
    }

    private void WriteData(byte value)
    {
        switch (_nextInitWord)
        {
            case 2:
                _vectorBase = (byte)(value & 0xF8);
                _nextInitWord = 3;
                break;
            case 3:
                _nextInitWord = _wantsFourthWord ? (byte)4 : (byte)0;
                break;
            case 4:
                _autoEoi = (value & 0x02) != 0;
                _specialFullyNested = (value & 0x10) != 0;
                _nextInitWord = 0;
                break;
            default:
                _mask = value;
                break;
        }
    }

    private void WriteThirdCommand(byte value)
    {
        if ((value & 0x40) != 0)
        {
            _specialMask = (value & 0x20) != 0;
        }

        if ((value & 0x02) != 0)
        {
            _readInService = (value & 0x01) != 0;
        }

        _poll = (value & 0x04) != 0;
    }

    private void WriteSecondCommand(byte value)
    {
        int input = value & 7;
        switch (value >> 5)
        {
            case 0:
                _rotateOnAutoEoi = false;
                break;
            case 4:
                _rotateOnAutoEoi = true;
                break;
            case 1:
                EndHighest(rotate: false);
                break;
            case 5:
                EndHighest(rotate: true);
                break;
            case 3:
                _inService &= (byte)~(1 << input);
                break;
            case 7:
                _inService &= (byte)~(1 << input);
                _lowestPriority = (byte)input;
                break;
            case 6:
                _lowestPriority = (byte)input;
                break;
            default:
                break; // 2: no operation
        }
    }

    // In special mask mode a non-specific EOI passes over inputs that are masked.
    private void EndHighest(bool rotate)
    {
        int candidates = _specialMask ? _inService & ~_mask : _inService;
        if (candidates == 0)
        {
            return;
        }

        int input = InputOf(PriorityOf(candidates));
        _inService &= (byte)~(1 << input);
        if (rotate)
        {
            _lowestPriority = (byte)input;
        }
    }

    // Priority 0 is the highest and belongs to the input after the lowest one; bits must not be 0.
    private int PriorityOf(int bits)
    {
        int shift = (_lowestPriority + 1) & 7;
        int rotated = ((bits >> shift) | (bits << (8 - shift))) & 0xFF;
        return BitOperations.TrailingZeroCount(rotated);
    }

    private int InputOf(int priority) => (priority + _lowestPriority + 1) & 7;
}
