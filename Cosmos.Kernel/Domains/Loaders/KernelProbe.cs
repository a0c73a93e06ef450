using System;

namespace Multicosm.Domains.Loaders;

/// <summary>Tells kernels apart by what they begin with.</summary>
public static class KernelProbe
{
    /// <summary>The kind of <paramref name="kernel"/>; of several, the first in the order of <see cref="KernelKind"/>.</summary>
    public static KernelKind Find(ReadOnlySpan<byte> kernel)
    {
        if (LinuxHeader.Read(kernel, out _) != LoadStatus.NotBzImage)
        {
            return KernelKind.Linux;
        }

        if (HasPvhEntry(kernel))
        {
            return KernelKind.Pvh;
        }

        return MultibootHeader.TryFind(kernel, out _) ? KernelKind.Multiboot : KernelKind.None;
    }

    /// <summary>True if <paramref name="kernel"/> is an ELF file with an entry for PVH.</summary>
    public static bool HasPvhEntry(ReadOnlySpan<byte> kernel)
        => ElfFile.Read(kernel, out ElfFile elf) == LoadStatus.Success && ParavirtNotes.TryReadPvhEntry(in elf, kernel, out _);
}
