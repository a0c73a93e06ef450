using System;

namespace Multicosm.Management.Protocol;

/// <summary>Puts bytes together to lines. One that is too long is given up to its newline, and then said to have been so.</summary>
public sealed class RequestLines
{
    private readonly byte[] _line = new byte[Request.MaximumLine];
    private int _length;
    private bool _isDone;

    /// <summary>True if the line that ended was longer than is kept.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>True if there is nothing of a line yet, or nothing but white space.</summary>
    public bool IsBlank => !IsTooLong && new ReadOnlySpan<byte>(_line, 0, _length).Trim(" \t\r"u8).IsEmpty;

    /// <summary>True if what there is of a line may become a request: it begins as an object.</summary>
    public bool HoldsRequest => !_isDone && new ReadOnlySpan<byte>(_line, 0, _length).TrimStart(" \t\r"u8).StartsWith("{"u8);

    /// <summary>The line that ended; it may be changed.</summary>
    public Span<byte> Line => new(_line, 0, _length);

    /// <summary>Takes a byte; true if it ends a line, which stays until the next byte.</summary>
    public bool Add(byte value)
    {
        if (_isDone)
        {
            Clear();
        }

        _isDone = value == (byte)'\n';
        if (_isDone)
        {
            return true;
        }

        IsTooLong |= _length == _line.Length;
        if (!IsTooLong)
        {
            _line[_length++] = value;
        }

        return false;
    }

    /// <summary>Forgets what there is of a line.</summary>
    public void Clear()
    {
        _length = 0;
        _isDone = false;
        IsTooLong = false;
    }
}
