using System;
using System.Buffers.Binary;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>Loads an ELF kernel that is entered as PVH guests are: in 32-bit code, with EBX at hvm_start_info.</summary>
/// <source>Xen headers "arch-x86/hvm/start_info.h"; Xen headers "elfnote.h"</source>
public sealed class PvhLoader : ImageLoader
{
    private const uint Magic = 0x336EC578;
    private const uint Version = 1; // with a memory map
    private const int ModulesOffset = 64;
    private const int ModuleBytes = 32;
    private const int MapOffset = 320;
    private const int RangeBytes = 24;

    /// <inheritdoc/>
    protected override LoadStatus PlanSegments(ReadOnlySpan<byte> kernel, out ulong entry)
    {
        entry = 0;
        LoadStatus status = ElfFile.Read(kernel, out ElfFile elf);
        if (status != LoadStatus.Success)
        {
            return status;
        }

        bool isPvh = ParavirtNotes.TryReadPvhEntry(in elf, kernel, out uint address);
        entry = address;
        return isPvh ? AddAll(in elf) : LoadStatus.NoPvhEntry;
    }

    /// <inheritdoc/>
    protected override void WriteInformation(Span<byte> page)
    {
        ReadOnlySpan<byte> commandLine = Configuration!.EffectiveCommandLine;
        commandLine.CopyTo(page[TextOffset..]);
        Span<MemoryRange> ranges = stackalloc MemoryRange[MemoryMap.MaximumRanges];
        int count = MemoryMap.Fill(ranges, LowBytes, HighBytes);
        for (int i = 0; i < count; i++)
        {
            Span<byte> entry = page.Slice(MapOffset + (i * RangeBytes), RangeBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, ranges[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], ranges[i].End - ranges[i].Start);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], ranges[i].Type);
        }

        int modules = Math.Min(Modules!.Count, 1); // the ramdisk
        if (modules != 0)
        {
            Span<byte> entry = page.Slice(ModulesOffset, ModuleBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, AddressOf(0));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], (ulong)Modules.ContentOf(0).Length);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(page, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(page[4..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(page[12..], (uint)modules);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], modules == 0 ? 0 : InformationAddress + ModulesOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(page[24..], InformationAddress + TextOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(page[32..], AcpiTables.Address);
        BinaryPrimitives.WriteUInt64LittleEndian(page[40..], InformationAddress + MapOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(page[48..], (uint)count);
    }

    /// <inheritdoc/>
    protected override void FillRegisters(ref VcpuState state) => state.Rbx = InformationAddress;
}
