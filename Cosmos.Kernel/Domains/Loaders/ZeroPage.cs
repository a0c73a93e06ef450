using System;
using System.Buffers.Binary;

namespace Multicosm.Domains.Loaders;

/// <summary>The boot_params page that a Linux kernel reads first.</summary>
/// <source>Linux Documentation/arch/x86/zero-page.rst; Linux Documentation/arch/x86/boot.rst, "Details of Header Fields"</source>
public static class ZeroPage
{
    /// <summary>Its size.</summary>
    public const int Bytes = 4096;

    /// <summary>Where it lies in the guest.</summary>
    public const uint Address = 0x10000;

    /// <summary>Where the command line lies.</summary>
    public const uint CommandLineAddress = 0x20000;

    private const int RsdpVersion = 0x020E;

    /// <summary>Fills <paramref name="page"/> from the setup header, with what a loader must tell.</summary>
    public static void Fill(Span<byte> page, ReadOnlySpan<byte> setup, in LinuxHeader header)
    {
        page.Clear();
        setup.CopyTo(page[LinuxHeader.SetupOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(page[0x1FA..], 0xFFFF); // vid_mode: normal
        page[0x210] = 0xFF; // type_of_loader: no number of its own
        page[0x211] = (byte)(page[0x211] & ~0x20); // loadflags: not quiet; the command line says so if wanted
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x214..], header.LoadAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x228..], CommandLineAddress);
        if (header.Version >= RsdpVersion)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(page[0x70..], AcpiTables.Address); // acpi_rsdp_addr; older kernels search for it
        }
    }

    /// <summary>Tells where the ramdisk is; length 0: none.</summary>
    public static void SetRamdisk(Span<byte> page, uint address, uint length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x218..], address);
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x21C..], length);
    }

    /// <summary>Writes the E820 map.</summary>
    public static void SetMemoryMap(Span<byte> page, ulong lowBytes, ulong highBytes)
    {
        Span<MemoryRange> ranges = stackalloc MemoryRange[MemoryMap.MaximumRanges];
        int count = MemoryMap.Fill(ranges, lowBytes, highBytes);
        page[0x1E8] = (byte)count;
        for (int i = 0; i < count; i++)
        {
            Span<byte> entry = page.Slice(0x2D0 + (20 * i), 20);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, ranges[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], ranges[i].End - ranges[i].Start);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], ranges[i].Type);
        }
    }
}
