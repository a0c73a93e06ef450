using System;
using System.Buffers.Binary;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>A struct xen_memory_reservation: a list of extents, each a run of frames.</summary>
/// <source>Xen headers "memory.h"</source>
internal readonly struct Reservation
{
    /// <summary>Bytes of the structure.</summary>
    public const int Bytes = 32;

    private const uint AddressBits = 0xFF;
    private const int PageShift = 12;

    private Reservation(ReadOnlySpan<byte> bytes)
    {
        Extents = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Count = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        Order = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
        int bits = (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) & AddressBits);
        Limit = bits is 0 or >= 64 ? ulong.MaxValue : (1UL << bits) >> PageShift;
        Domain = BinaryPrimitives.ReadUInt16LittleEndian(bytes[24..]);
    }

    /// <summary>Linear address of the list, 8 bytes an extent.</summary>
    public ulong Extents { get; }

    /// <summary>How many extents.</summary>
    public ulong Count { get; }

    /// <summary>Each has 2 to the power of this frames.</summary>
    public uint Order { get; }

    /// <summary>Frame numbers must be below this.</summary>
    public ulong Limit { get; }

    /// <summary>Whose frames.</summary>
    public ushort Domain { get; }

    /// <summary>Reads the structure; false if it cannot be read.</summary>
    public static bool TryRead(PvVcpu caller, ulong address, out Reservation reservation)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bool isRead = GuestSpace.TryCopyIn(caller, address, bytes);
        reservation = new Reservation(bytes);
        return isRead;
    }
}
