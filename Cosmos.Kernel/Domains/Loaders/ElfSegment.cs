namespace Multicosm.Domains.Loaders;

/// <summary>A program header of an ELF file.</summary>
public struct ElfSegment
{
    /// <summary>What it is: <see cref="ElfFile.Load"/>, <see cref="ElfFile.Note"/> or another.</summary>
    public uint Type;

    /// <summary>How it may be used: 1 executed, 2 written, 4 read.</summary>
    public uint Flags;

    /// <summary>Addresses, in bytes.</summary>
    public ulong VirtualAddress, PhysicalAddress;

    /// <summary>Bytes in memory, at least as many as in the file.</summary>
    public ulong MemoryBytes;

    /// <summary>Where its content lies in the file.</summary>
    public int FileOffset, FileBytes;
}
