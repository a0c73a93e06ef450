namespace Multicosm.Devices.Legacy;

/// <content>
/// The way of bytes into the port. A guest throws away what a port received before it opened it: it clears the FIFOs and reads the data
/// register while it probes and initialises. So bytes are left at the source until the guest listens, and those that it clears away come
/// again: what is typed at a guest that boots reaches its first reader.
/// </content>
public sealed partial class Uart16550A
{
    // Looks at an empty receiver, nothing written in between, that make a guest one that polls for input. Linux looks three times at
    // most while it initialises a port, and waiting to transmit does not count.
    private const int LooksUntilListening = 8;

    private readonly UartFifo _returned = new();
    private bool _isLooped;
    private int _looks;

    // Linux sets DTR on a console that it only writes to; RTS and the interrupt come with the first open.
    private bool IsListening => (_modemControl & ModemRequestToSend) != 0 || (_interruptEnable & EnableReceived) != 0
        || _looks >= LooksUntilListening;

    private byte TakeReceived()
    {
        if (_receive.Count == 0)
        {
            return LookInVain();
        }

        byte value = _receive.Head;
        _receive.RemoveHead();
        _isLooped &= _receive.Count > 0;
        _timedOut = false;
        UpdatePin(); // the request ends here, so that the next byte's is an edge
        Pull();
        RestartTimeout();
        UpdatePin();
        return value;
    }

    // A driver that has just cleared the FIFOs may read the data register too: what this read brings in is for the next one.
    private byte LookInVain()
    {
        byte value = _receive.Head;
        CountLook();
        Pull();
        UpdatePin();
        return value;
    }

    private void Pull()
    {
        if (IsLoopback || !IsListening || _receive.Count >= Capacity)
        {
            return;
        }

        bool received = false;
        while (_receive.Count < Capacity && TryReadSource(out byte value))
        {
            received |= _receive.TryAdd(value);
        }

        if (received)
        {
            RestartTimeout();
        }
    }

    private bool TryReadSource(out byte value)
    {
        if (_returned.Count == 0)
        {
            return _source.TryRead(out value);
        }

        value = _returned.Head;
        _returned.RemoveHead();
        return true;
    }

    private void ReceiveLooped(byte value)
    {
        _isLooped = true;
        if (_receive.Count >= Capacity || !_receive.TryAdd(value))
        {
            _lineErrors |= StatusOverrun;
        }

        RestartTimeout();
    }

    private void CountLook()
    {
        if (_receive.Count == 0 && _transmit.Count == 0 && !IsLoopback && _looks < LooksUntilListening)
        {
            _looks++;
            Pull();
        }
    }

    // A guest that polls goes on listening while it writes; only clearing the receiver makes it prove itself again.
    private void EndLooks()
    {
        if (_looks < LooksUntilListening)
        {
            _looks = 0;
        }
    }

    private void ClearReceiver()
    {
        _timedOut = false;
        _looks = 0;
        if (_isLooped)
        {
            _receive.Clear(); // the guest's own bytes among them are not to come again
            _isLooped = false;
        }

        // Bytes are read from the source only while none wait in _returned: the FIFO's are older, and both together fit into one.
        while (_returned.Count > 0)
        {
            _ = _receive.TryAdd(_returned.Head);
            _returned.RemoveHead();
        }

        while (_receive.Count > 0)
        {
            _ = _returned.TryAdd(_receive.Head);
            _receive.RemoveHead();
        }
    }
}
