using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using Multicosm.Domains.Loaders;

namespace Multicosm.Hosting.Composing;

/// <summary>Makes an ELF file of 64 bits of a kernel's loadable segments and notes alone: what the boot loader does not read costs no start-up time.</summary>
/// <source>System V ABI "Object Files"; System V ABI "Program Loading"</source>
internal static class ElfReducer
{
    private const int PageBytes = 4096;
    private const int HeaderBytes = 64;
    private const int SegmentBytes = 56;
    private const ushort Executable = 2;
    private const ushort X86 = 62;
    private const uint CurrentVersion = 1;

    private static ReadOnlySpan<byte> Identification => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, (byte)CurrentVersion];

    /// <summary>The smaller file, of <paramref name="file"/>, which was read as <paramref name="elf"/>. Zeros at a segment's end are left out: whoever loads it clears the memory there anyway.</summary>
    public static byte[] Reduce(in ElfFile elf, ReadOnlySpan<byte> file)
    {
        List<ElfSegment> kept = Kept(in elf);
        using MemoryStream output = new();
        output.Write(Header(elf.Entry, kept.Count));
        output.SetLength(HeaderBytes + (kept.Count * SegmentBytes));
        for (int i = 0; i < kept.Count; i++)
        {
            ElfSegment segment = kept[i];
            bool isLoad = segment.Type == ElfFile.Load;
            ReadOnlySpan<byte> content = file.Slice(segment.FileOffset, segment.FileBytes);
            content = isLoad ? content.TrimEnd((byte)0) : content;
            long position = isLoad ? PositionOf(segment.VirtualAddress, output.Length) : (output.Length + 3) & ~3L;
            (segment.FileOffset, segment.FileBytes) = ((int)position, content.Length);
            output.Position = HeaderBytes + (i * SegmentBytes);
            output.Write(HeaderOf(in segment, isLoad ? PageBytes : 4UL));
            output.SetLength(position);
            output.Position = position;
            output.Write(content);
        }

        return output.ToArray();
    }

    private static List<ElfSegment> Kept(in ElfFile elf)
    {
        List<ElfSegment> kept = [];
        for (int i = 0; i < elf.SegmentCount; i++)
        {
            if (elf.TrySegment(i, out ElfSegment segment) && segment.Type is ElfFile.Load or ElfFile.Note)
            {
                kept.Add(segment);
            }
        }

        return kept;
    }

    // An ELF file's offsets and addresses are alike within a page.
    private static long PositionOf(ulong address, long end)
    {
        long position = (end & ~(PageBytes - 1L)) + (long)(address % PageBytes);
        return position < end ? position + PageBytes : position;
    }

    private static byte[] Header(ulong entry, int segments)
    {
        byte[] header = new byte[HeaderBytes];
        Identification.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(16), Executable);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(18), X86);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), CurrentVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), entry);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(52), HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(54), SegmentBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(56), (ushort)segments);
        return header;
    }

    private static byte[] HeaderOf(in ElfSegment segment, ulong alignment)
    {
        byte[] header = new byte[SegmentBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, segment.Type);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), segment.Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), (ulong)segment.FileOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), segment.VirtualAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), segment.PhysicalAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), (ulong)segment.FileBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(40), segment.MemoryBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(48), alignment);
        return header;
    }
}
