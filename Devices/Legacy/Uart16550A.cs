using Multicosm.Devices.Bus;
using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <summary>
/// A 16550A serial port: eight ports from any base that is a multiple of 8 (COM1: 0x3F8, IRQ 4). A byte is sent at once; while the
/// sink is full the transmitter reports itself busy, so that nothing is lost. Bytes are received when there is room for them
/// and the guest listens.
/// </summary>
/// <source>PC16550D data sheet, "Registers" and "FIFO Interrupt Mode Operation"</source>
public sealed partial class Uart16550A : BytePortDevice
{
    /// <summary>First port of COM1.</summary>
    public const ushort Com1Port = 0x3F8;

    /// <summary>Ports that it answers.</summary>
    public const int PortCount = 8;

    private const byte EnableReceived = 0x01;
    private const byte EnableTransmitEmpty = 0x02;
    private const byte EnableLineStatus = 0x04;
    private const byte EnableModemStatus = 0x08;
    private const byte IdNone = 0x01;
    private const byte IdModemStatus = 0x00;
    private const byte IdTransmitEmpty = 0x02;
    private const byte IdReceived = 0x04;
    private const byte IdLineStatus = 0x06;
    private const byte IdTimeout = 0x0C;
    private const byte IdFifosOn = 0xC0;
    private const byte FifoEnable = 0x01;
    private const byte FifoClearReceive = 0x02;
    private const byte LineBreak = 0x40;
    private const byte LineDivisorLatch = 0x80;
    private const byte ModemRequestToSend = 0x02;
    private const byte ModemOut2 = 0x08;
    private const byte ModemLoop = 0x10;
    private const byte StatusDataReady = 0x01;
    private const byte StatusOverrun = 0x02;
    private const byte StatusBreak = 0x10;
    private const byte StatusTransmitEmpty = 0x60; // THRE and TEMT
    private const byte ModemReady = 0xB0; // DCD, DSR, CTS: somebody listens


    private readonly InterruptLine _irq;
    private readonly CharSink _sink;
    private readonly CharSource _source;
    private readonly MonotonicClock _clock;
    private readonly TimerQueue _timers;
    private readonly TimeoutTimer _timer;
    private readonly UartFifo _receive = new();
    private readonly UartFifo _transmit = new();
    private byte _interruptEnable;
    private byte _fifoControl;
    private byte _lineControl;
    private byte _modemControl;
    private byte _lineErrors;
    private byte _modemLines;
    private byte _modemDeltas;
    private byte _scratch;
    private ushort _divisor;
    private bool _transmitInterrupt;
    private bool _timedOut;

    /// <summary>A port in power-on state that writes to <paramref name="sink"/> and reads from <paramref name="source"/>.</summary>
    public Uart16550A(InterruptLine irq, CharSink sink, CharSource source, MonotonicClock clock, TimerQueue timers)
    {
        _irq = irq;
        _sink = sink;
        _source = source;
        _clock = clock;
        _timers = timers;
        _timer = new TimeoutTimer(this);
        ClearRegisters();
    }

    private bool FifosOn => (_fifoControl & FifoEnable) != 0;

    private bool IsLoopback => (_modemControl & ModemLoop) != 0;

    private int Capacity => FifosOn ? UartFifo.Depth : 1;

    // The receive trigger level; without FIFOs each byte is reported.
    private int Trigger => !FifosOn ? 1 : (_fifoControl >> 6) switch
    {
        0 => 1,
        1 => 4,
        2 => 8,
        _ => 14,
    };

    /// <summary>Power-on state; what waited in the FIFOs is gone.</summary>
    public void Reset()
    {
        _timers.Cancel(_timer);
        ClearRegisters();
        _irq.Set(false);
    }

    /// <summary>Moves what can move between the port and its sink and source. Call at each slice's start and when either has changed.</summary>
    public void Service()
    {
        Drain();
        Pull();
        UpdatePin();
    }

    /// <summary>Which register is at <paramref name="offset"/> (0..7).</summary>
    internal static UartRegister Decode(int offset, bool divisorLatch, bool isWrite) => (offset, divisorLatch, isWrite) switch
    {
        (0, true, _) => UartRegister.DivisorLow,
        (1, true, _) => UartRegister.DivisorHigh,
        (0, false, false) => UartRegister.ReceiveBuffer,
        (0, false, true) => UartRegister.TransmitHolding,
        (1, false, _) => UartRegister.InterruptEnable,
        (2, _, false) => UartRegister.InterruptIdentification,
        (2, _, true) => UartRegister.FifoControl,
        (3, _, _) => UartRegister.LineControl,
        (4, _, _) => UartRegister.ModemControl,
        (5, _, _) => UartRegister.LineStatus,
        (6, _, _) => UartRegister.ModemStatus,
        (7, _, _) => UartRegister.Scratch,
        _ => UartRegister.None,
    };

    /// <inheritdoc/>
    public override byte ReadByte(ushort port)
    {
        switch (Decode(port & 7, (_lineControl & LineDivisorLatch) != 0, isWrite: false))
        {
            case UartRegister.ReceiveBuffer:
                return TakeReceived();
            case UartRegister.InterruptIdentification:
                return TakeIdentification();
            case UartRegister.LineStatus:
                return TakeLineStatus();
            case UartRegister.ModemStatus:
                return TakeModemStatus();
            case UartRegister.InterruptEnable:
                return _interruptEnable;
            case UartRegister.LineControl:
                return _lineControl;
            case UartRegister.ModemControl:
                return _modemControl;
            case UartRegister.Scratch:
                return _scratch;
            case UartRegister.DivisorLow:
                return (byte)_divisor;
            case UartRegister.DivisorHigh:
                return (byte)(_divisor >> 8);
            default:
                return 0xFF;
        }
    }

    /// <inheritdoc/>
    public override void WriteByte(ushort port, byte value)
    {
        EndLooks();
        switch (Decode(port & 7, (_lineControl & LineDivisorLatch) != 0, isWrite: true))
        {
            case UartRegister.TransmitHolding:
                Transmit(value);
                break;
            case UartRegister.InterruptEnable:
                WriteInterruptEnable(value);
                break;
            case UartRegister.FifoControl:
                WriteFifoControl(value);
                break;
            case UartRegister.LineControl:
                WriteLineControl(value);
                break;
            case UartRegister.ModemControl:
                WriteModemControl(value);
                break;
            case UartRegister.Scratch:
                _scratch = value;
                break;
            case UartRegister.DivisorLow:
                _divisor = (ushort)((_divisor & 0xFF00) | value);
                break;
            case UartRegister.DivisorHigh:
                _divisor = (ushort)((_divisor & 0x00FF) | (value << 8));
                break;
            default:
                break; // LSR and MSR: the data sheet keeps their writing for factory tests
        }

        UpdatePin();
    }

    private void ClearRegisters()
    {
        _receive.Clear();
        _returned.Clear();
        _transmit.Clear();
        _isLooped = false;
        _looks = 0;
        _interruptEnable = 0;
        _fifoControl = 0;
        _lineControl = 0;
        _modemControl = 0;
        _lineErrors = 0;
        _modemLines = ModemReady;
        _modemDeltas = 0;
        _scratch = 0;
        _divisor = 12; // 9600 baud
        _transmitInterrupt = false;
        _timedOut = false;
    }

    private byte TakeIdentification()
    {
        byte source = Source();
        if (source == IdTransmitEmpty)
        {
            _transmitInterrupt = false;
            UpdatePin();
        }

        return (byte)(source | (FifosOn ? IdFifosOn : 0));
    }

    private byte TakeLineStatus()
    {
        Service(); // a guest that polls sees room and input as soon as they are there
        CountLook();
        int value = _lineErrors | (_receive.Count > 0 ? StatusDataReady : 0) | (_transmit.Count == 0 ? StatusTransmitEmpty : 0);
        _lineErrors = 0;
        UpdatePin();
        return (byte)value;
    }

    private byte TakeModemStatus()
    {
        byte value = (byte)(_modemLines | _modemDeltas);
        _modemDeltas = 0;
        UpdatePin();
        return value;
    }

    private void WriteInterruptEnable(byte value)
    {
        bool enablesTransmit = (value & ~_interruptEnable & EnableTransmitEmpty) != 0;
        _interruptEnable = (byte)(value & 0x0F);
        if ((value & EnableTransmitEmpty) == 0)
        {
            _transmitInterrupt = false;
        }
        else if (enablesTransmit)
        {
            _transmitInterrupt = _transmit.Count == 0; // enabling with THR empty requests at once
        }

        Pull();
    }

    // What waits to be sent stays: on hardware it would have left by now.
    private void WriteFifoControl(byte value)
    {
        bool toggles = ((value ^ _fifoControl) & FifoEnable) != 0;
        if (toggles || (value & (FifoEnable | FifoClearReceive)) == (FifoEnable | FifoClearReceive))
        {
            ClearReceiver();
        }

        _fifoControl = (byte)((value & FifoEnable) != 0 ? value & 0xC9 : 0);
        RestartTimeout(); // what was cleared away comes again a while later
    }

    private void WriteLineControl(byte value)
    {
        bool startsBreak = (value & ~_lineControl & LineBreak) != 0;
        _lineControl = value;
        if (startsBreak && IsLoopback)
        {
            ReceiveLooped(0);
            _lineErrors |= StatusBreak;
        }
    }

    private void WriteModemControl(byte value)
    {
        _modemControl = (byte)(value & 0x1F);
        byte lines = ModemReady;
        if (IsLoopback)
        {
            // RTS, DTR, OUT1, OUT2 come back as CTS, DSR, RI, DCD.
            lines = (byte)(((value & 0x02) << 3) | ((value & 0x01) << 5) | ((value & 0x04) << 4) | ((value & 0x08) << 4));
        }

        int changed = lines ^ _modemLines;
        int ringEnded = _modemLines & ~lines & 0x40; // RI is reported at its end only
        _modemDeltas |= (byte)(((changed & 0xB0) | ringEnded) >> 4);
        _modemLines = lines;
        Pull();
    }

    private byte Source()
    {
        if ((_interruptEnable & EnableLineStatus) != 0 && _lineErrors != 0)
        {
            return IdLineStatus;
        }

        if ((_interruptEnable & EnableReceived) != 0)
        {
            if (_receive.Count >= Trigger)
            {
                return IdReceived;
            }

            if (_timedOut)
            {
                return IdTimeout;
            }
        }

        if ((_interruptEnable & EnableTransmitEmpty) != 0 && _transmitInterrupt)
        {
            return IdTransmitEmpty;
        }

        return (_interruptEnable & EnableModemStatus) != 0 && _modemDeltas != 0 ? IdModemStatus : IdNone;
    }

    // OUT2 gates the interrupt on a PC; in loopback the pin is inactive.
    private void UpdatePin() => _irq.Set(Source() != IdNone && (_modemControl & (ModemOut2 | ModemLoop)) == ModemOut2);
}
