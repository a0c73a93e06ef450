using System;
using System.Buffers.Binary;

namespace Multicosm.Domains.Loaders;

/// <summary>An ELF executable for x86, of 32 or 64 bits: its program headers and, in one of 64 bits, its sections, each bounds-checked.</summary>
/// <source>System V ABI "Object Files"; System V ABI "Program Loading"</source>
public readonly ref struct ElfFile
{
    /// <summary>Type of a segment to load.</summary>
    public const uint Load = 1;

    /// <summary>Type of a segment of notes.</summary>
    public const uint Note = 4;

    private const int HeaderBytes = 64;
    private const int HeaderBytes32 = 52;
    private const int SegmentBytes = 56;
    private const int SegmentBytes32 = 32;
    private const int SectionBytes = 64;
    private const ushort X86 = 62;
    private const ushort Ia32 = 3;

    private readonly ReadOnlySpan<byte> _file;
    private readonly ulong _segments;
    private readonly ulong _sections;
    private readonly int _nameSection;

    private ElfFile(ReadOnlySpan<byte> file, bool is64)
    {
        _file = file;
        Is64 = is64;
        if (!is64)
        {
            Entry = BinaryPrimitives.ReadUInt32LittleEndian(file[24..]);
            _segments = BinaryPrimitives.ReadUInt32LittleEndian(file[28..]);
            SegmentCount = BinaryPrimitives.ReadUInt16LittleEndian(file[44..]);
            return;
        }

        Entry = BinaryPrimitives.ReadUInt64LittleEndian(file[24..]);
        _segments = BinaryPrimitives.ReadUInt64LittleEndian(file[32..]);
        _sections = BinaryPrimitives.ReadUInt64LittleEndian(file[40..]);
        SegmentCount = BinaryPrimitives.ReadUInt16LittleEndian(file[56..]);
        SectionCount = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        _nameSection = BinaryPrimitives.ReadUInt16LittleEndian(file[62..]);
    }

    /// <summary>True for 64 bits.</summary>
    public bool Is64 { get; }

    /// <summary>Where execution begins.</summary>
    public ulong Entry { get; }

    /// <summary>Program headers.</summary>
    public int SegmentCount { get; }

    /// <summary>Section headers; 0 in a file that was stripped of them.</summary>
    public int SectionCount { get; }

    /// <summary>True if <paramref name="file"/> begins as an ELF file does, of whatever kind.</summary>
    public static bool IsElf(ReadOnlySpan<byte> file) => file.StartsWith("\x7F"u8) && file[1..].StartsWith("ELF"u8);

    /// <summary>Success; NotElf; Truncated; Malformed (not for x86, or tables of odd size).</summary>
    public static LoadStatus Read(ReadOnlySpan<byte> file, out ElfFile elf)
    {
        elf = default;
        if (!IsElf(file))
        {
            return LoadStatus.NotElf;
        }

        if (file.Length < HeaderBytes32)
        {
            return LoadStatus.Truncated;
        }

        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(file[18..]);
        bool is64 = file[4] == 2 && machine == X86;
        bool is32 = file[4] == 1 && machine is Ia32 or X86;
        if (file[5] != 1 || (!is64 && !is32))
        {
            return LoadStatus.Malformed;
        }

        if (is64 && file.Length < HeaderBytes)
        {
            return LoadStatus.Truncated;
        }

        elf = new ElfFile(file, is64);
        bool isUsual = BinaryPrimitives.ReadUInt16LittleEndian(file[(is64 ? 54 : 42)..]) == elf.SegmentSize
            && (elf.SectionCount == 0 || BinaryPrimitives.ReadUInt16LittleEndian(file[58..]) == SectionBytes);
        bool fits = Holds(file, elf._segments, (ulong)(elf.SegmentCount * elf.SegmentSize)) && (elf.SectionCount == 0 || Holds(file, elf._sections, (ulong)elf.SectionCount * SectionBytes));
        return !isUsual ? LoadStatus.Malformed : fits ? LoadStatus.Success : LoadStatus.Truncated;
    }

    /// <summary>Program header <paramref name="index"/>; false if what it names is not in the file.</summary>
    public bool TrySegment(int index, out ElfSegment segment)
    {
        ReadOnlySpan<byte> header = _file.Slice((int)_segments + (index * SegmentSize), SegmentSize);
        ulong offset = Word(header, 4, 8);
        ulong bytes = Word(header, 16, 32);
        segment = new ElfSegment
        {
            Type = BinaryPrimitives.ReadUInt32LittleEndian(header),
            Flags = BinaryPrimitives.ReadUInt32LittleEndian(header[(Is64 ? 4 : 24)..]),
            VirtualAddress = Word(header, 8, 16),
            PhysicalAddress = Word(header, 12, 24),
            MemoryBytes = Word(header, 20, 40),
            FileOffset = (int)Math.Min(offset, int.MaxValue),
            FileBytes = (int)Math.Min(bytes, int.MaxValue),
        };
        return Holds(_file, offset, bytes) && (segment.Type != Load || segment.MemoryBytes >= bytes); // notes may have no size in memory
    }

    /// <summary>The content of the section called <paramref name="name"/>; false if there is none, or it is not in the file.</summary>
    public bool TrySection(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (_nameSection >= SectionCount || !TrySectionContent(_nameSection, out ReadOnlySpan<byte> names))
        {
            return false;
        }

        for (int i = 0; i < SectionCount; i++)
        {
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(Section(i));
            if (nameOffset < (uint)names.Length && IsName(names[(int)nameOffset..], name))
            {
                return TrySectionContent(i, out content);
            }
        }

        return false;
    }

    private int SegmentSize => Is64 ? SegmentBytes : SegmentBytes32;

    // A field whose size and place depend on the file's class.
    private ulong Word(ReadOnlySpan<byte> header, int place32, int place64)
        => Is64 ? BinaryPrimitives.ReadUInt64LittleEndian(header[place64..]) : BinaryPrimitives.ReadUInt32LittleEndian(header[place32..]);

    private static bool IsName(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => text.Length > name.Length && text.StartsWith(name) && text[name.Length] == 0;

    private ReadOnlySpan<byte> Section(int index) => _file.Slice((int)_sections + (index * SectionBytes), SectionBytes);

    private bool TrySectionContent(int index, out ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> header = Section(index);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        bool holds = Holds(_file, offset, bytes);
        content = holds ? _file.Slice((int)offset, (int)bytes) : default;
        return holds;
    }

    private static bool Holds(ReadOnlySpan<byte> file, ulong offset, ulong bytes) => offset <= (ulong)file.Length && bytes <= (ulong)file.Length - offset;
}
