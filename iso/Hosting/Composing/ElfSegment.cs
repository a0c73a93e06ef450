using System;
using System.Buffers.Binary;

namespace Multicosm.Hosting.Composing;

/// <summary>A program header of a 64-bit ELF file, as it stands in the file.</summary>
/// <source>System V Application Binary Interface, "Program Header"</source>
internal readonly record struct ElfSegment(uint Type, uint Flags, ulong Offset, ulong VirtualAddress, ulong PhysicalAddress, ulong FileBytes, ulong MemoryBytes)
{
    /// <summary>Bytes of a program header.</summary>
    public const int Bytes = 56;

    /// <summary>A part that is loaded.</summary>
    public const uint TypeLoad = 1;

    /// <summary>Notes.</summary>
    public const uint TypeNote = 4;

    /// <summary>Reads the header at the start of <paramref name="data"/>.</summary>
    public static ElfSegment Read(ReadOnlySpan<byte> data) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(data),
        BinaryPrimitives.ReadUInt32LittleEndian(data[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(data[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(data[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(data[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(data[32..]),
        BinaryPrimitives.ReadUInt64LittleEndian(data[40..]));

    /// <summary>Writes the header to the start of <paramref name="data"/>.</summary>
    public void Write(Span<byte> data, ulong alignment)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(data, Type);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(data[8..], Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(data[16..], VirtualAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(data[24..], PhysicalAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(data[32..], FileBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(data[40..], MemoryBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(data[48..], alignment);
    }
}
