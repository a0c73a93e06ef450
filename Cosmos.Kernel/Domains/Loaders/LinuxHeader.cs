using System;
using System.Buffers.Binary;

namespace Multicosm.Domains.Loaders;

/// <summary>What a loader needs of a bzImage's header, read once and checked.</summary>
/// <source>Linux Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"</source>
public struct LinuxHeader
{
    /// <summary>Offset of the setup header in the file and in the zero page.</summary>
    public const int SetupOffset = 0x1F1;

    /// <summary>Oldest protocol that tells where the kernel wants to be and how much it needs there.</summary>
    public const int OldestVersion = 0x020A;

    private const int SmallestFile = 0x264 + 4;
    private const int SectorBytes = 512;
    private const int ParagraphBytes = 16;
    private const uint Magic = 0x53726448; // "HdrS"
    private const uint BootFlag = 0xAA55;
    private const byte LoadedHigh = 1;
    private const ulong OneMiB = 1UL << 20;
    private const ulong FourGiB = 1UL << 32;

    /// <summary>Protocol version, major in the upper byte.</summary>
    public int Version;

    /// <summary>Length of the setup header from <see cref="SetupOffset"/>.</summary>
    public int SetupBytes;

    /// <summary>Offset of the protected-mode kernel in the file.</summary>
    public int KernelOffset;

    /// <summary>Its length.</summary>
    public int KernelBytes;

    /// <summary>Guest physical address to copy it to; also its 32-bit entry.</summary>
    public uint LoadAddress;

    /// <summary>First address above all that the kernel needs until it knows its memory.</summary>
    public ulong EndAddress;

    /// <summary>Highest address that a ramdisk's last byte may have.</summary>
    public uint RamdiskLimit;

    /// <summary>Longest command line, without its NUL.</summary>
    public uint CommandLineLimit;

    /// <summary>Reads the header of <paramref name="file"/>; NotBzImage, Truncated, TooOld, NotLoadedHigh, Malformed or Success.</summary>
    public static LoadStatus Read(ReadOnlySpan<byte> file, out LinuxHeader header)
    {
        header = default;
        if (file.Length < 0x206 || Word(file, 0x1FE) != BootFlag || Long(file, 0x202) != Magic)
        {
            return LoadStatus.NotBzImage;
        }

        if (file.Length < SmallestFile)
        {
            return LoadStatus.Truncated;
        }

        header.Version = (int)Word(file, 0x206);
        if (header.Version < OldestVersion)
        {
            return LoadStatus.TooOld;
        }

        if ((file[0x211] & LoadedHigh) == 0)
        {
            return LoadStatus.NotLoadedHigh;
        }

        return header.ReadSizes(file);
    }

    private LoadStatus ReadSizes(ReadOnlySpan<byte> file)
    {
        int sectors = file[SetupOffset] == 0 ? 4 : file[SetupOffset]; // 0 means 4, from the time of the floppy
        ulong kernelBytes = (ulong)Long(file, 0x1F4) * ParagraphBytes; // counted in paragraphs: the file may end inside the last one
        KernelOffset = (sectors + 1) * SectorBytes;
        SetupBytes = 0x202 + file[0x201] - SetupOffset;
        if (KernelOffset >= file.Length || kernelBytes >= (ulong)(file.Length - KernelOffset + ParagraphBytes) || SetupOffset + SetupBytes > file.Length)
        {
            return LoadStatus.Truncated;
        }

        KernelBytes = Math.Min((int)kernelBytes, file.Length - KernelOffset);
        RamdiskLimit = Long(file, 0x22C);
        CommandLineLimit = Long(file, 0x238);
        bool relocatable = file[0x234] != 0;
        ulong preferred = BinaryPrimitives.ReadUInt64LittleEndian(file[0x258..]);
        ulong needed = Long(file, 0x260);
        bool sane = kernelBytes > 0 && preferred >= OneMiB && preferred < FourGiB && (preferred & 0xFFF) == 0;
        if (!sane)
        {
            return LoadStatus.Malformed;
        }

        // A relocatable kernel runs where it is loaded; the others are loaded at 1 MiB and move themselves.
        LoadAddress = relocatable ? (uint)preferred : (uint)OneMiB;
        EndAddress = Math.Max(LoadAddress + kernelBytes, preferred + needed);
        return LoadStatus.Success;
    }

    private static uint Word(ReadOnlySpan<byte> file, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(file[offset..]);

    private static uint Long(ReadOnlySpan<byte> file, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(file[offset..]);
}
