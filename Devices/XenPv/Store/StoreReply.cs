using System;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>A message to a guest: header and up to 4,096 bytes.</summary>
/// <source>Xen headers "io/xs_wire.h"</source>
internal sealed class StoreReply
{
    /// <summary>Bytes of the header: type, request number, transaction, length.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes that may follow it.</summary>
    public const int MaximumPayload = 4096;

    private readonly byte[] _bytes = new byte[HeaderBytes + MaximumPayload];
    private int _sent;

    /// <summary>Bytes of the payload.</summary>
    public int PayloadLength { get; set; }

    /// <summary>True once <see cref="Finish"/> has been called, until all is sent.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Where the payload is put.</summary>
    public Span<byte> Payload => _bytes.AsSpan(HeaderBytes);

    /// <summary>What is still to be sent.</summary>
    public ReadOnlySpan<byte> Unsent => IsWaiting ? _bytes.AsSpan(_sent, HeaderBytes + PayloadLength - _sent) : [];

    /// <summary>Forgets it.</summary>
    public void Clear()
    {
        IsWaiting = false;
        PayloadLength = 0;
        _sent = 0;
    }

    /// <summary>Adds <paramref name="text"/>; false if it does not fit.</summary>
    public bool TryAdd(ReadOnlySpan<byte> text)
    {
        bool fits = text.Length <= MaximumPayload - PayloadLength;
        if (fits)
        {
            text.CopyTo(Payload[PayloadLength..]);
            PayloadLength += text.Length;
        }

        return fits;
    }

    /// <summary>Adds <paramref name="text"/> and the zero that ends it; false if both do not fit.</summary>
    public bool TryAddString(ReadOnlySpan<byte> text) => text.Length < MaximumPayload - PayloadLength && TryAdd(text) && TryAdd("\0"u8);

    /// <summary>Adds a decimal number and the zero that ends it, to a payload with room for it.</summary>
    public void AddNumber(ulong value)
    {
        _ = Utf8Formatter.TryFormat(value, Payload[PayloadLength..], out int digits); // the caller has room
        PayloadLength += digits;
        _ = TryAdd("\0"u8);
    }

    /// <summary>Writes the header: the message can be sent.</summary>
    public void Finish(StoreRequest type, uint request, uint transaction)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes, (uint)type);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(4), request);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(8), transaction);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(12), (uint)PayloadLength);
        IsWaiting = true;
    }

    /// <summary><paramref name="count"/> bytes more have been sent.</summary>
    public void Advance(int count)
    {
        _sent += count;
        if (_sent == HeaderBytes + PayloadLength)
        {
            Clear();
        }
    }
}
