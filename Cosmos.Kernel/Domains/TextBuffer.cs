using System;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Text kept in a fixed number of bytes; what does not fit is cut. Lives as long as its owner and is reused.</summary>
public sealed class TextBuffer(int capacityBytes) : TextOutput
{
    private readonly byte[] _bytes = new byte[capacityBytes];
    private int _length;

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Text => new(_bytes, 0, _length);

    /// <summary>True if nothing is kept.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Forgets the text.</summary>
    public void Clear() => _length = 0;

    /// <summary>Forgets the first <paramref name="count"/> bytes (at most those there are).</summary>
    public void RemoveStart(int count)
    {
        int removed = Math.Min(count, _length);
        _length -= removed;
        new ReadOnlySpan<byte>(_bytes, removed, _length).CopyTo(_bytes);
    }

    /// <summary>Removes the newline at the end, if there is one.</summary>
    public void TrimNewline()
    {
        if (_length > 0 && _bytes[_length - 1] == '\n')
        {
            _length--;
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text)
    {
        int count = Math.Min(text.Length, _bytes.Length - _length);
        text[..count].CopyTo(new Span<byte>(_bytes, _length, count));
        _length += count;
    }
}
