using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Multicosm.Hosting.Composing;

/// <summary>Makes an ELF file of a kernel's loadable segments and notes alone: what the boot loader does not read costs no start-up time.</summary>
internal static class ElfReducer
{
    private const int PageBytes = 4096;
    private const int FirstSectionField = 58;

    /// <summary>The smaller file. Zeros at a segment's end are left out: whoever loads it clears the memory there anyway.</summary>
    public static byte[] Reduce(ElfFile file)
    {
        List<ElfSegment> kept = [.. file.Segments.Where(segment => segment.Type is ElfSegment.TypeLoad or ElfSegment.TypeNote)];
        using MemoryStream output = new();
        output.Write(Header(file, kept.Count));
        output.SetLength(ElfFile.HeaderBytes + (kept.Count * ElfSegment.Bytes));
        for (int i = 0; i < kept.Count; i++)
        {
            ElfSegment old = kept[i];
            bool isLoad = old.Type == ElfSegment.TypeLoad;
            ReadOnlySpan<byte> content = file.ContentOf(in old);
            content = isLoad ? content.TrimEnd((byte)0) : content;
            long position = isLoad ? PositionOf(old.VirtualAddress, output.Length) : (output.Length + 3) & ~3L;
            ElfSegment segment = old with { Offset = (ulong)position, FileBytes = (ulong)content.Length };
            byte[] header = new byte[ElfSegment.Bytes];
            segment.Write(header, isLoad ? PageBytes : 4UL);
            output.Position = ElfFile.HeaderBytes + (i * ElfSegment.Bytes);
            output.Write(header);
            output.SetLength(position);
            output.Position = position;
            output.Write(content);
        }

        return output.ToArray();
    }

    // An ELF file's offsets and addresses are alike within a page.
    private static long PositionOf(ulong address, long end)
    {
        long position = (end & ~(PageBytes - 1L)) + (long)(address % PageBytes);
        return position < end ? position + PageBytes : position;
    }

    private static byte[] Header(ElfFile file, int segments)
    {
        byte[] header = file.Data[..ElfFile.HeaderBytes].ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), ElfFile.HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(40), 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(56), (ushort)segments);
        header.AsSpan(FirstSectionField).Clear();
        return header;
    }
}
