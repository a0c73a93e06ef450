using System;
using System.Runtime.CompilerServices;
using Multicosm.Platform.Memory;

namespace Multicosm.Platform.Boot;

/// <summary>What GRUB handed over, read in place without allocation: everything stays in static storage.</summary>
/// <source>Multiboot2 specification, "Boot information format"</source>
public static unsafe class BootInformation
{
    /// <summary>Value of EAX that a multiboot2 loader hands over.</summary>
    public const uint Magic = 0x36D76289;

    private const int MaximumRanges = 128;
    private const int MaximumModules = 512;

    private static RangeStorage s_ranges;
    private static ModuleStorage s_modules;
    private static byte* s_commandLine;
    private static int s_commandLineLength;

    /// <summary>Ranges of the memory map, as the loader ordered them.</summary>
    public static int RangeCount { get; private set; }

    /// <summary>Boot modules.</summary>
    public static int ModuleCount { get; private set; }

    /// <summary>Physical address of the copy of the ACPI RSDP, or 0.</summary>
    public static ulong Rsdp { get; private set; }

    /// <summary>Where the information itself lies, to be kept.</summary>
    public static MemoryRange Location { get; private set; }

    /// <summary>The hypervisor's options, UTF-8.</summary>
    public static ReadOnlySpan<byte> CommandLine => new(s_commandLine, s_commandLineLength);

    /// <summary>Range <paramref name="index"/> of the memory map.</summary>
    public static ref MemoryRange Range(int index) => ref s_ranges[index];

    /// <summary>Where module <paramref name="index"/> lies.</summary>
    public static ref ModuleRecord Module(int index) => ref s_modules[index];

    /// <summary>Reads the tags at <paramref name="physical"/> through the start-up direct map.</summary>
    public static void Read(ulong physical)
    {
        byte* start = DirectMap.Pointer(physical);
        uint total = *(uint*)start;
        Location = new MemoryRange { Start = physical, End = physical + total };
        byte* end = start + total;
        for (byte* tag = start + 8; tag + 8 <= end; tag += (*(uint*)(tag + 4) + 7) & ~7u)
        {
            uint type = *(uint*)tag;
            uint size = *(uint*)(tag + 4);
            if (type == 0 || size < 8)
            {
                break;
            }

            ReadTag(type, tag, size);
        }
    }

    private static void ReadTag(uint type, byte* tag, uint size)
    {
        switch (type)
        {
            case 1:
                s_commandLine = tag + 8;
                s_commandLineLength = StringLength(tag + 8, (int)size - 8);
                break;
            case 3:
                AddModule(tag, size);
                break;
            case 6:
                ReadMemoryMap(tag, size);
                break;
            case 14 when Rsdp == 0:
            case 15:
                Rsdp = (ulong)tag + 8 - DirectMap.Base; // the newer one wins
                break;
            default:
                break;
        }
    }

    private static void AddModule(byte* tag, uint size)
    {
        if (ModuleCount == MaximumModules)
        {
            return;
        }

        s_modules[ModuleCount++] = new ModuleRecord
        {
            Start = *(uint*)(tag + 8),
            End = *(uint*)(tag + 12),
            Text = (ulong)(tag + 16),
            TextLength = StringLength(tag + 16, (int)size - 16),
        };
    }

    private static void ReadMemoryMap(byte* tag, uint size)
    {
        uint entrySize = *(uint*)(tag + 8);
        for (byte* entry = tag + 16; entrySize >= 24 && entry + entrySize <= tag + size && RangeCount < MaximumRanges; entry += entrySize)
        {
            ulong start = *(ulong*)entry;
            s_ranges[RangeCount++] = new MemoryRange { Start = start, End = start + *(ulong*)(entry + 8), Type = *(uint*)(entry + 16) };
        }
    }

    private static int StringLength(byte* text, int limit)
    {
        int length = 0;
        while (length < limit && text[length] != 0)
        {
            length++;
        }

        return length;
    }

    /// <summary>One module as the loader placed it.</summary>
    public struct ModuleRecord
    {
        /// <summary>Physical addresses of the first byte and one past the last.</summary>
        public ulong Start, End;

        /// <summary>Address of its text in the direct map.</summary>
        public ulong Text;

        /// <summary>Bytes of text.</summary>
        public int TextLength;
    }

    [InlineArray(MaximumRanges)]
    private struct RangeStorage
    {
        private MemoryRange _first;
    }

    [InlineArray(MaximumModules)]
    private struct ModuleStorage
    {
        private ModuleRecord _first;
    }
}
