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

    private const int MaximumRanges = 512;
    private const int MaximumModules = 512;
    private const uint MaximumBytes = 16 << 20;
    private const ulong EndOfDirectMap = 1UL << 40; // RAM beyond it is not used: its frame table alone would have 512 MiB for each further TiB

    private static RangeStorage s_ranges;
    private static ModuleStorage s_modules;
    private static FrameBufferRecord s_frameBuffer;
    private static byte* s_commandLine;
    private static int s_commandLineLength;
    private static byte* s_rsdp;
    private static int s_rsdpLength;

    /// <summary>Ranges of the memory map, as the loader ordered them.</summary>
    public static int RangeCount { get; private set; }

    /// <summary>Boot modules.</summary>
    public static int ModuleCount { get; private set; }

    /// <summary>Ranges of RAM, modules and screens that were left out: too many, too high, or nonsense.</summary>
    public static int LeftOut { get; private set; }

    /// <summary>True if the firmware is UEFI, false for a BIOS.</summary>
    public static bool IsUefi { get; private set; }

    /// <summary>Where the information itself lies, to be kept.</summary>
    public static MemoryRange Location { get; private set; }

    /// <summary>The copy of the ACPI RSDP, the newer one if there are two: 36 bytes or more from ACPI 2.0 on, else 20; empty if there is none.</summary>
    public static ReadOnlySpan<byte> Rsdp => new(s_rsdp, s_rsdpLength);

    /// <summary>True if the RSDP is the one of ACPI 2.0 and later.</summary>
    public static bool IsRsdpNew => s_rsdpLength >= 36;

    /// <summary>The screen.</summary>
    public static ref readonly FrameBufferRecord FrameBuffer => ref s_frameBuffer;

    /// <summary>The hypervisor's options, UTF-8.</summary>
    public static ReadOnlySpan<byte> CommandLine => new(s_commandLine, s_commandLineLength);

    /// <summary>Range <paramref name="index"/> of the memory map.</summary>
    public static ref MemoryRange Range(int index) => ref s_ranges[index];

    /// <summary>Where module <paramref name="index"/> lies.</summary>
    public static ref ModuleRecord Module(int index) => ref s_modules[index];

    /// <summary>Reads the tags at <paramref name="start"/>, which show <paramref name="physical"/>; false if they cannot be boot information.</summary>
    public static bool TryRead(byte* start, ulong physical)
    {
        Forget();
        uint total = *(uint*)start;
        if (total is < 16 or > MaximumBytes)
        {
            return false;
        }

        Location = new MemoryRange { Start = physical, End = physical + total };
        byte* end = start + total;
        byte* tag = start + 8;
        while (end - tag >= 8)
        {
            uint type = *(uint*)tag;
            uint size = *(uint*)(tag + 4);
            if (type == 0 || size < 8 || size > end - tag)
            {
                break;
            }

            ReadTag(type, tag, size);
            long step = (size + 7L) & ~7L;
            tag = step < end - tag ? tag + step : end;
        }

        return true;
    }

    /// <summary>Leaves the screen out: what the loader says of it is nonsense.</summary>
    internal static void ForgetFrameBuffer()
    {
        s_frameBuffer = default;
        LeftOut++;
    }

    private static void Forget()
    {
        RangeCount = ModuleCount = LeftOut = 0;
        IsUefi = false;
        s_frameBuffer = default;
        s_commandLineLength = s_rsdpLength = 0;
    }

    private static void ReadTag(uint type, byte* tag, uint size)
    {
        switch (type)
        {
            case 1:
                s_commandLine = tag + 8;
                s_commandLineLength = StringLength(tag + 8, (int)size - 8);
                break;
            case 3 when size >= 16:
                AddModule(tag, size);
                break;
            case 6 when size >= 16:
                ReadMemoryMap(tag, size);
                break;
            case 8 when size >= 31:
                ReadFrameBuffer(tag);
                break;
            case 14 when size >= 8 + 20 && s_rsdpLength == 0:
            case 15 when size >= 8 + 36:
                s_rsdp = tag + 8;
                s_rsdpLength = (int)size - 8;
                break;
            case 11 or 12 or 17 or 18 or 19 or 20: // what only UEFI has: system table, memory map, boot services, image handle
                IsUefi = true;
                break;
            default:
                break;
        }
    }

    private static void AddModule(byte* tag, uint size)
    {
        uint start = *(uint*)(tag + 8);
        uint end = *(uint*)(tag + 12);
        if (ModuleCount == MaximumModules || end < start)
        {
            LeftOut++;
            return;
        }

        s_modules[ModuleCount++] = new ModuleRecord
        {
            Start = start,
            End = end,
            Text = (ulong)(tag + 16),
            TextLength = StringLength(tag + 16, (int)size - 16),
        };
    }

    private static void ReadMemoryMap(byte* tag, uint size)
    {
        uint entrySize = *(uint*)(tag + 8);
        if (entrySize < 24)
        {
            return;
        }

        for (uint offset = 16; entrySize <= size - offset; offset += entrySize)
        {
            ulong start = *(ulong*)(tag + offset);
            ulong length = *(ulong*)(tag + offset + 8);
            uint type = *(uint*)(tag + offset + 16);
            if (RangeCount == MaximumRanges || length == 0 || start >= EndOfDirectMap)
            {
                LeftOut += length != 0 && type == MemoryRange.Ram ? 1 : 0;
                continue;
            }

            s_ranges[RangeCount++] = new MemoryRange { Start = start, End = start + Math.Min(length, EndOfDirectMap - start), Type = type };
        }
    }

    private static void ReadFrameBuffer(byte* tag) => s_frameBuffer = new FrameBufferRecord
    {
        Address = *(ulong*)(tag + 8),
        Pitch = *(uint*)(tag + 16),
        Width = *(uint*)(tag + 20),
        Height = *(uint*)(tag + 24),
        BitsPerPixel = tag[28],
        Kind = tag[29] switch
        {
            0 => FrameBufferKind.Palette,
            1 => FrameBufferKind.Rgb,
            2 => FrameBufferKind.Text,
            _ => FrameBufferKind.None,
        },
    };

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
