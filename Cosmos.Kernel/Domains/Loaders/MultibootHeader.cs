using System;
using System.Buffers.Binary;

namespace Multicosm.Domains.Loaders;

/// <summary>The header by which a kernel asks to be started by a multiboot loader.</summary>
/// <source>Multiboot Specification 0.6.96, "OS image format"</source>
public struct MultibootHeader
{
    private const int SearchBytes = 8192;
    private const int HeaderBytes = 12;
    private const int AddressBytes = 20;
    private const uint Magic = 0x1BADB002;
    private const uint HasAddresses = 1 << 16;
    private const uint Required = 0xFFFF;
    private const uint KnownRequired = 7; // modules on pages, memory information, video mode

    /// <summary>True if the addresses below say how the file is loaded; else it is an ELF file.</summary>
    public bool IsFlat;

    /// <summary>True if the kernel demands what no flag of the specification stands for.</summary>
    public bool DemandsUnknown;

    /// <summary>Where the content begins in the file.</summary>
    public int FileOffset;

    /// <summary>Physical addresses: of the first byte, behind the last that is in the file (0: as long as the file), behind the last that is cleared (0: none), of the first instruction.</summary>
    public uint LoadStart, LoadEnd, ClearEnd, Entry;

    /// <summary>Finds the header among the first bytes of <paramref name="file"/>; false if there is none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> file, out MultibootHeader header)
    {
        header = default;
        ReadOnlySpan<byte> start = file[..Math.Min(file.Length, SearchBytes)];
        for (int at = 0; at + HeaderBytes <= start.Length; at += sizeof(uint))
        {
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(start[at..]);
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(start[(at + 4)..]);
            uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(start[(at + 8)..]);
            if (magic == Magic && unchecked(magic + flags + checksum) == 0)
            {
                header.DemandsUnknown = (flags & Required & ~KnownRequired) != 0;
                header.IsFlat = (flags & HasAddresses) != 0;
                return !header.IsFlat || header.TryReadAddresses(file, at);
            }
        }

        return false;
    }

    private bool TryReadAddresses(ReadOnlySpan<byte> file, int at)
    {
        if (file.Length < at + HeaderBytes + AddressBytes)
        {
            return false;
        }

        ReadOnlySpan<byte> addresses = file[(at + HeaderBytes)..];
        uint headerAddress = BinaryPrimitives.ReadUInt32LittleEndian(addresses);
        LoadStart = BinaryPrimitives.ReadUInt32LittleEndian(addresses[4..]);
        LoadEnd = BinaryPrimitives.ReadUInt32LittleEndian(addresses[8..]);
        ClearEnd = BinaryPrimitives.ReadUInt32LittleEndian(addresses[12..]);
        Entry = BinaryPrimitives.ReadUInt32LittleEndian(addresses[16..]);
        long offset = at - ((long)headerAddress - LoadStart);
        FileOffset = (int)Math.Max(offset, 0);
        return offset >= 0 && offset <= at && headerAddress >= LoadStart;
    }
}
