using System;
using System.Buffers.Binary;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>Loads a kernel with a multiboot header, as an ELF file or by the header's own addresses, with modules.</summary>
/// <source>Multiboot Specification 0.6.96, "Boot information format" and "Machine state"</source>
public sealed class MultibootLoader : ImageLoader
{
    private const uint Told = 0x2BADB002;
    private const uint HasMemory = 1;
    private const uint HasCommandLine = 4;
    private const uint HasModules = 8;
    private const uint HasMap = 1 << 6;
    private const uint HasLoaderName = 1 << 9;
    private const uint ConventionalKiB = 639;
    private const ulong OneMiB = 1UL << 20;
    private const int ModulesOffset = 128;
    private const int ModuleBytes = 16;
    private const int MapOffset = 256;
    private const int RangeBytes = 24;
    private const int NameOffset = 448;

    /// <inheritdoc/>
    protected override LoadStatus PlanSegments(ReadOnlySpan<byte> kernel, out ulong entry)
    {
        entry = 0;
        if (!MultibootHeader.TryFind(kernel, out MultibootHeader header))
        {
            return LoadStatus.NotBzImage;
        }

        if (header.DemandsUnknown)
        {
            return LoadStatus.DemandsUnknown;
        }

        if (header.IsFlat)
        {
            entry = header.Entry;
            return AddFlat(kernel.Length, in header);
        }

        LoadStatus status = ElfFile.Read(kernel, out ElfFile elf);
        entry = status == LoadStatus.Success ? elf.Entry : 0;
        return status == LoadStatus.Success ? AddAll(in elf) : status;
    }

    /// <inheritdoc/>
    protected override void WriteInformation(Span<byte> page)
    {
        ReadOnlySpan<byte> loader = "Multicosm"u8;
        loader.CopyTo(page[NameOffset..]);
        Span<byte> rest = page[TextOffset..GdtOffset];
        rest = Append(rest, Configuration!.Kernel.Value);
        rest[0] = (byte)' ';
        rest = Append(rest[1..], Configuration.EffectiveCommandLine)[1..];
        for (int i = 0; i < Modules!.Count; i++)
        {
            Span<byte> entry = page.Slice(ModulesOffset + (i * ModuleBytes), ModuleBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, AddressOf(i));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], AddressOf(i) + (uint)Modules.ContentOf(i).Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], InformationAddress + (uint)(GdtOffset - rest.Length));
            rest = Append(rest, Modules.TextOf(i, Configuration.Ramdisk.Value))[1..];
        }

        uint mapBytes = WriteMap(page[MapOffset..]);
        uint flags = HasMemory | HasCommandLine | HasMap | HasLoaderName | (Modules.Count == 0 ? 0 : HasModules);
        BinaryPrimitives.WriteUInt32LittleEndian(page, flags);
        BinaryPrimitives.WriteUInt32LittleEndian(page[4..], ConventionalKiB);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], (uint)((LowBytes - OneMiB) / 1024));
        BinaryPrimitives.WriteUInt32LittleEndian(page[16..], InformationAddress + TextOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(page[20..], (uint)Modules.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(page[24..], InformationAddress + ModulesOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(page[44..], mapBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(page[48..], InformationAddress + MapOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(page[64..], InformationAddress + NameOffset);
    }

    /// <inheritdoc/>
    protected override void FillRegisters(ref VcpuState state)
    {
        state.Rax = Told;
        state.Rbx = InformationAddress;
    }

    private LoadStatus AddFlat(int fileBytes, in MultibootHeader header)
    {
        uint end = header.LoadEnd == 0 ? header.LoadStart + (uint)(fileBytes - header.FileOffset) : header.LoadEnd;
        uint clearEnd = Math.Max(header.ClearEnd, end);
        if (end < header.LoadStart)
        {
            return LoadStatus.Malformed;
        }

        if (end - header.LoadStart > (uint)(fileBytes - header.FileOffset))
        {
            return LoadStatus.Truncated;
        }

        ElfSegment segment = new()
        {
            Type = ElfFile.Load,
            PhysicalAddress = header.LoadStart,
            MemoryBytes = clearEnd - header.LoadStart,
            FileOffset = header.FileOffset,
            FileBytes = (int)(end - header.LoadStart),
        };
        return Add(in segment);
    }

    private uint WriteMap(Span<byte> map)
    {
        Span<MemoryRange> ranges = stackalloc MemoryRange[MemoryMap.MaximumRanges];
        int count = MemoryMap.Fill(ranges, LowBytes, HighBytes);
        for (int i = 0; i < count; i++)
        {
            Span<byte> entry = map.Slice(i * RangeBytes, RangeBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, RangeBytes - 4); // the size does not count itself
            BinaryPrimitives.WriteUInt64LittleEndian(entry[4..], ranges[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[12..], ranges[i].End - ranges[i].Start);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], ranges[i].Type);
        }

        return (uint)(count * RangeBytes);
    }

    // What is behind the text; the page is all zeros, so one byte further the text has its end.
    private static Span<byte> Append(Span<byte> rest, ReadOnlySpan<byte> text)
    {
        text.CopyTo(rest);
        return rest[text.Length..];
    }
}
