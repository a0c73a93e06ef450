namespace Multicosm.Devices.Legacy;

/// <summary>The 16-byte FIFO of a 16550A.</summary>
internal sealed class UartFifo
{
    /// <summary>Bytes it holds.</summary>
    internal const int Depth = 16;

    private readonly byte[] _bytes = new byte[Depth];
    private int _head;

    /// <summary>Bytes in it.</summary>
    internal int Count { get; private set; }

    /// <summary>The oldest byte; whatever was there last if it is empty.</summary>
    internal byte Head => _bytes[_head];

    /// <summary>Forgets all.</summary>
    internal void Clear() => Count = 0;

    /// <summary>Adds a byte; false if it is full: nothing changed.</summary>
    internal bool TryAdd(byte value)
    {
        if (Count == Depth)
        {
            return false;
        }

        _bytes[(_head + Count) & (Depth - 1)] = value;
        Count++;
        return true;
    }

    /// <summary>Drops the oldest byte; nothing if it is empty.</summary>
    internal void RemoveHead()
    {
        if (Count > 0)
        {
            _head = (_head + 1) & (Depth - 1);
            Count--;
        }
    }
}
