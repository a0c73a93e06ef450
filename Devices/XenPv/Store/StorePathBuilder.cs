using System;
using System.Buffers.Text;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>Puts a short path or value together.</summary>
internal ref struct StorePathBuilder(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _length;

    /// <summary>What has been added.</summary>
    public readonly ReadOnlySpan<byte> Text => _buffer[.._length];

    /// <summary>Forgets what was added after the first <paramref name="length"/> bytes.</summary>
    public void CutTo(int length) => _length = length;

    /// <summary>Adds <paramref name="text"/>, for which there must be room.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer[_length..]);
        _length += text.Length;
    }

    /// <summary>Adds a decimal number, for which there must be room.</summary>
    public void Add(ulong value)
    {
        _ = Utf8Formatter.TryFormat(value, _buffer[_length..], out int digits); // see above
        _length += digits;
    }
}
