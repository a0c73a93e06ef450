using System;

namespace Multicosm.Domains.Configuration;

/// <summary>A string of limited length in a buffer of its own, made once and used again.</summary>
public sealed class ConfigurationText
{
    private readonly byte[] _bytes;
    private int _length;

    /// <summary>Makes one for at most <paramref name="capacity"/> bytes.</summary>
    public ConfigurationText(int capacity) => _bytes = new byte[capacity];

    /// <summary>The most bytes it holds.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>The bytes; empty after <see cref="Reset"/>.</summary>
    public ReadOnlySpan<byte> Value => _bytes.AsSpan(0, _length);

    /// <summary>Makes it empty.</summary>
    public void Reset() => _length = 0;

    /// <summary>Takes a copy of <paramref name="value"/>; false, and unchanged, if it is too long.</summary>
    public bool TrySet(ReadOnlySpan<byte> value)
    {
        if (value.Length > _bytes.Length)
        {
            return false;
        }

        value.CopyTo(_bytes);
        _length = value.Length;
        return true;
    }

    /// <summary>Takes as many of the first bytes of <paramref name="value"/> as fit.</summary>
    public void SetStart(ReadOnlySpan<byte> value)
        => _ = TrySet(value[..Math.Min(value.Length, _bytes.Length)]); // cut to fit

    /// <summary>Adds a byte; false, and unchanged, if it is full.</summary>
    public bool TryAppend(byte value)
    {
        if (_length == _bytes.Length)
        {
            return false;
        }

        _bytes[_length++] = value;
        return true;
    }
}
