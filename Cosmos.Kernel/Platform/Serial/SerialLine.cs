using System;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Serial;

/// <summary>The operator's UART with interrupts: rings for both directions, output waits instead of losing bytes, input stops at RTS when nobody reads.</summary>
/// <source>PC16550D datasheet, "Registers"</source>
public sealed class SerialLine : HostLine
{
    private const byte DataReady = 1;
    private const byte TransmitEmpty = 0x20;
    private const byte ModemReady = 0xB; // DTR, RTS, OUT2
    private const byte ModemHold = 0x9; // RTS off: the other side pauses, where it is wired so
    private const int FifoBytes = 16;
    private const int InputBytes = 16 * 1024;
    private const int OutputBytes = 64 * 1024;

    private readonly ushort _port = EarlySerial.Port;
    private readonly byte[] _input = new byte[InputBytes];
    private readonly byte[] _output = new byte[OutputBytes];
    private uint _inputStart;
    private uint _inputEnd;
    private uint _outputStart;
    private uint _outputEnd;
    private byte _enabled;
    private bool _holding;
    private BoundedWait _wait; // a UART that takes nothing must not hang the PC

    /// <summary>The line as EarlySerial left it, with what was typed since.</summary>
    public SerialLine() => Service();

    /// <summary>The ISA interrupt that the UART raises; 0 if none is known, so that it must be polled.</summary>
    public byte Irq { get; } = SerialSetting.IrqOf(EarlySerial.Port);

    /// <inheritdoc/>
    public override int OutputRoom => OutputBytes - OutputQueued;

    /// <inheritdoc/>
    public override int OutputQueued => (int)(_outputEnd - _outputStart);

    /// <inheritdoc/>
    public override bool HasInput => _inputStart != _inputEnd;

    /// <inheritdoc/>
    public override bool TryRead(out byte value)
    {
        value = 0;
        if (_inputStart == _inputEnd)
        {
            return false;
        }

        value = _input[_inputStart++ % InputBytes];
        if (_holding)
        {
            Service(); // there is room again
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            while (OutputRoom == 0)
            {
                Service();
                if (OutputRoom == 0 && !_wait.TryAgain())
                {
                    _outputStart = _outputEnd; // nobody takes it
                }
            }

            _output[_outputEnd++ % OutputBytes] = value;
        }

        Service();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        while ((_outputStart != _outputEnd || (ReadStatus() & 0x40) == 0) && _wait.TryAgain())
        {
            Service();
        }
    }

    /// <summary>True if <see cref="Service"/> would find a byte received, or room for one that waits.</summary>
    public bool HasWork
    {
        get
        {
            byte status = ReadStatus();
            return status != 0xFF && ((status & DataReady) != 0 || ((status & TransmitEmpty) != 0 && _outputStart != _outputEnd));
        }
    }

    /// <summary>
    /// Moves bytes between the UART and the rings: at each serial interrupt, and without one at least every 500 us. Goes on until the
    /// UART has no cause to interrupt, since the next interrupt is the next rise of its line.
    /// </summary>
    public void Service()
    {
        byte status = ReadStatus();
        if (status == 0xFF)
        {
            _outputStart = _outputEnd; // no UART: nothing can wait for it
            return;
        }

        while (TryMove(status))
        {
            status = ReadStatus();
        }

        bool full = _inputEnd - _inputStart > InputBytes - 256;
        if (full != _holding)
        {
            _holding = full;
            CpuInstructions.Out8((ushort)(_port + 4), full ? ModemHold : ModemReady);
        }

        int causes = (_inputEnd - _inputStart < InputBytes ? 1 : 0) | (_outputStart != _outputEnd ? 2 : 0);
        byte wanted = (byte)(Irq == 0 ? 0 : causes);
        if (wanted != _enabled)
        {
            _enabled = wanted;
            CpuInstructions.Out8((ushort)(_port + 1), wanted);
        }
    }

    // False if there was nothing to move. What is received is taken first: it is lost when too much of it comes.
    private bool TryMove(byte status)
    {
        if ((status & DataReady) != 0 && _inputEnd - _inputStart < InputBytes)
        {
            _input[_inputEnd++ % InputBytes] = CpuInstructions.In8(_port);
            return true;
        }

        if ((status & TransmitEmpty) == 0 || _outputStart == _outputEnd)
        {
            return false;
        }

        for (int i = 0; i < FifoBytes && _outputStart != _outputEnd; i++)
        {
            _wait.Answered();
            CpuInstructions.Out8(_port, _output[_outputStart++ % OutputBytes]);
        }

        return true;
    }

    private byte ReadStatus() => CpuInstructions.In8((ushort)(_port + 5));
}
