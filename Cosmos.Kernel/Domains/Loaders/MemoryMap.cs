using System;

namespace Multicosm.Domains.Loaders;

/// <summary>What a domain's firmware says of its physical memory, in the order of the addresses.</summary>
/// <source>ACPI Specification 5.0, "System Address Map Interfaces"</source>
public static class MemoryMap
{
    /// <summary>The most ranges.</summary>
    public const int MaximumRanges = 7;

    private const ulong FirmwareAddress = 0xE0000; // its tables, up to 1 MiB
    private const uint Ram = 1;
    private const uint Reserved = 2;
    private const ulong OneMiB = 1UL << 20;
    private const ulong FourGiB = 1UL << 32;
    private const ulong LowRamEnd = 0x9FC00; // below it: RAM; the kibibyte above it is where firmware keeps its own
    private const ulong VideoWindow = 0xA0000;

    /// <summary>Writes the ranges of a domain with this much memory below and above 4 GiB; returns how many there are.</summary>
    public static int Fill(Span<MemoryRange> ranges, ulong lowBytes, ulong highBytes)
    {
        ranges[0] = new MemoryRange(0, LowRamEnd, Ram);
        ranges[1] = new MemoryRange(LowRamEnd, VideoWindow, Reserved);
        ranges[2] = new MemoryRange(FirmwareAddress, OneMiB, Reserved);
        ranges[3] = new MemoryRange(OneMiB, lowBytes, Ram);
        ranges[4] = new MemoryRange(0xFEC00000, 0xFEC01000, Reserved); // I/O APIC
        ranges[5] = new MemoryRange(0xFEE00000, 0xFEE01000, Reserved); // local APIC
        if (highBytes == 0)
        {
            return MaximumRanges - 1;
        }

        ranges[6] = new MemoryRange(FourGiB, FourGiB + highBytes, Ram);
        return MaximumRanges;
    }
}
