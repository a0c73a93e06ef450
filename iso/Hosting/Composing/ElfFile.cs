using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Multicosm.Hosting.Composing;

/// <summary>A 64-bit x86 program in the ELF format: what deciding about a kernel needs of it.</summary>
/// <source>System V Application Binary Interface, "ELF Header"</source>
internal sealed class ElfFile
{
    /// <summary>Bytes of the header at the file's start.</summary>
    public const int HeaderBytes = 64;

    private const int SectionBytes = 64;
    private const ushort MachineX64 = 62;

    private readonly byte[] _data;

    private ElfFile(byte[] data, List<ElfSegment> segments) => (_data, Segments) = (data, segments);

    /// <summary>Its program headers.</summary>
    public IReadOnlyList<ElfSegment> Segments { get; }

    /// <summary>The whole file.</summary>
    public ReadOnlySpan<byte> Data => _data;

    private int SectionTable => (int)BinaryPrimitives.ReadUInt64LittleEndian(_data.AsSpan(40));

    /// <summary>True if <paramref name="data"/> begins like an ELF file.</summary>
    public static bool IsElf(ReadOnlySpan<byte> data) => data.StartsWith("\x7F"u8) && data[1..].StartsWith("ELF"u8);

    /// <summary>False if <paramref name="data"/> is no 64-bit x86 ELF file, or one whose segments or their headers are not all in it.</summary>
    public static bool TryRead(byte[] data, out ElfFile? file)
    {
        file = null;
        if (data.Length < HeaderBytes || !IsElf(data) || data[4] != 2 || data[5] != 1 || Word(data, 18) != MachineX64 || Word(data, 54) != ElfSegment.Bytes)
        {
            return false;
        }

        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(data.AsSpan(32));
        int count = Word(data, 56);
        if (!IsInside(data, table, (ulong)count * ElfSegment.Bytes))
        {
            return false;
        }

        List<ElfSegment> segments = [.. Enumerable.Range(0, count).Select(index => ElfSegment.Read(data.AsSpan((int)table + (index * ElfSegment.Bytes))))];
        if (!segments.TrueForAll(segment => IsInside(data, segment.Offset, segment.FileBytes) && (segment.Type != ElfSegment.TypeLoad || segment.FileBytes <= segment.MemoryBytes)))
        {
            return false;
        }

        file = new ElfFile(data, segments);
        return true;
    }

    /// <summary>The bytes that <paramref name="segment"/> has in the file.</summary>
    public ReadOnlySpan<byte> ContentOf(in ElfSegment segment) => _data.AsSpan((int)segment.Offset, (int)segment.FileBytes);

    /// <summary>True if it has a section called <paramref name="name"/>.</summary>
    public bool HasSection(string name)
    {
        int count = Word(_data, 60);
        int names = Word(_data, 62);
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(_data.AsSpan(40));
        if (Word(_data, 58) != SectionBytes || names >= count || !IsInside(_data, table, (ulong)count * SectionBytes))
        {
            return false;
        }

        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(Section(names)[24..]);
        byte[] wanted = [.. Encoding.ASCII.GetBytes(name), 0];
        for (int i = 0; i < count; i++)
        {
            ulong position = start + BinaryPrimitives.ReadUInt32LittleEndian(Section(i));
            if (IsInside(_data, position, (ulong)wanted.Length) && Data[(int)position..].StartsWith(wanted))
            {
                return true;
            }
        }

        return false;
    }

    private ReadOnlySpan<byte> Section(int index) => Data.Slice(SectionTable + (index * SectionBytes), SectionBytes);

    private static bool IsInside(byte[] data, ulong offset, ulong length) => offset <= (ulong)data.Length && length <= (ulong)data.Length - offset;

    private static ushort Word(byte[] data, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(offset));
}
