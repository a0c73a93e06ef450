using System;
using System.Runtime.CompilerServices;

namespace Multicosm.Decoder;

/// <summary>Reads an instruction's bytes in order and notes when they run out or pass the processor's limit of 15.</summary>
internal ref struct InstructionCursor(ReadOnlySpan<byte> bytes)
{
    /// <summary>The longest instruction.</summary>
    internal const int MaxLength = 15;

    private readonly ReadOnlySpan<byte> _bytes = bytes.Length > MaxLength ? bytes[..MaxLength] : bytes;

    /// <summary>Bytes read, also those that were not there.</summary>
    internal int Position { get; private set; }

    /// <summary>NeedMoreBytes or Invalid after a read past the end or the limit, else Success.</summary>
    internal DecodeStatus Status { get; private set; }

    /// <summary>The next byte; 0 past the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte Next()
    {
        int at = Position;
        Position++;
        return (uint)at < (uint)_bytes.Length ? _bytes[at] : End(at);
    }

    /// <summary>What <see cref="Next"/> will give, without taking it: opcodes that share their first byte are told apart by ModRM.</summary>
    internal byte Peek()
    {
        InstructionCursor ahead = this;
        byte next = ahead.Next();
        Status = ahead.Status;
        return next;
    }

    /// <summary>The next <paramref name="sizeBytes"/> (1, 2, 4 or 8) as a little-endian number.</summary>
    internal ulong NextUnsigned(int sizeBytes)
    {
        ulong value = 0;
        for (int i = 0; i < sizeBytes; i++)
        {
            value |= (ulong)Next() << (8 * i);
        }

        return value;
    }

    /// <summary>The same, sign-extended.</summary>
    internal long NextSigned(int sizeBytes)
    {
        if (sizeBytes == 1)
        {
            return (sbyte)Next();
        }

        int unused = 64 - (8 * sizeBytes);
        return (long)(NextUnsigned(sizeBytes) << unused) >> unused;
    }

    private byte End(int at)
    {
        if (Status == DecodeStatus.Success)
        {
            Status = at < MaxLength ? DecodeStatus.NeedMoreBytes : DecodeStatus.Invalid;
        }

        return 0;
    }
}
