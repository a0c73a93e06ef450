using Multicosm.Domains.Configuration;
using Multicosm.Domains.Loaders;

namespace Multicosm.Hosting.Composing;

/// <summary>
/// The ELF file that a PV domain starts from. It goes onto the ISO beside the kernel, as the module <c>KERNEL.elf</c>, so that the
/// hypervisor needs no decompressors.
/// </summary>
internal static class PvKernel
{
    /// <summary>What is added to the name of the kernel's module.</summary>
    public const string NameSuffix = ".elf";

    /// <summary>
    /// The ELF file for <paramref name="kernel"/>, the file of a domain of <paramref name="type"/>. Null if none is needed: the type is
    /// another, the kernel is an ELF file itself, or it has no entry for PV and need not have one. A <see cref="HostException"/> that
    /// begins with <paramref name="what"/> refuses kernels that cannot be unpacked, or cannot start as <c>type = "pv"</c>.
    /// </summary>
    public static byte[]? Extract(byte[] kernel, DomainType type, string what)
    {
        if (type is not (DomainType.Auto or DomainType.Pv))
        {
            return null;
        }

        bool isElf = ElfFile.IsElf(kernel);
        byte[]? image = isElf ? kernel : Unpack(kernel, what);
        if (image != null && ElfFile.Read(image, out ElfFile elf) == LoadStatus.Success
            && ParavirtNotes.Read(in elf, image, out ParavirtNotes notes) is LoadStatus.Success or LoadStatus.OtherXenVersion)
        {
            return isElf ? null : notes.NeedsSections ? image : ElfReducer.Reduce(in elf, image);
        }

        return type == DomainType.Auto
            ? null
            : throw new HostException(ExitCode.Failure, $"{what}: no entry for Xen PV guests was found, expected a 64-bit kernel with one (Linux: CONFIG_XEN_PV), as ELF file, gzipped or as bzImage packed with gzip, xz, lzma, zstd or lz4");
    }

    private static byte[]? Unpack(byte[] kernel, string what)
        => LinuxHeader.Read(kernel, out LinuxHeader header) == LoadStatus.Success
            ? KernelPayload.OfBzImage(kernel, in header, what)
            : KernelPayload.Unpack(kernel, what);
}
