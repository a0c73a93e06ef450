using Multicosm.Domains.Configuration;
using Multicosm.Domains.Loaders;

namespace Multicosm.Hosting.Composing;

/// <summary>
/// The ELF file that a PV or PVH domain starts from. It goes onto the ISO beside the kernel, as the module <c>KERNEL.elf</c>, so that the
/// hypervisor needs no decompressors.
/// </summary>
internal static class PvKernel
{
    /// <summary>What is added to the name of the kernel's module.</summary>
    public const string NameSuffix = ".elf";

    /// <summary>
    /// The ELF file for <paramref name="kernel"/>, the file of a domain of <paramref name="type"/>. Null if none is needed: the type is
    /// another, the kernel is an ELF file itself, or it has no entry for PV and need not have one. A <see cref="HostException"/> that
    /// begins with <paramref name="what"/> refuses kernels that cannot be unpacked, or cannot start as <c>type = "pv"</c> or <c>"pvh"</c>.
    /// </summary>
    public static byte[]? Extract(byte[] kernel, DomainType type, string what)
    {
        if (type == DomainType.Hvm)
        {
            return null;
        }

        bool isElf = ElfFile.IsElf(kernel);
        byte[]? image = isElf ? kernel : Unpack(kernel, what);
        bool isPvh = type == DomainType.Pvh;
        if (isPvh && isElf)
        {
            return KernelProbe.HasPvhEntry(kernel) ? null : throw Refuse(what, "PVH guests was found, expected one (Linux: CONFIG_PVH)");
        }

        if (image != null && ElfFile.Read(image, out ElfFile elf) == LoadStatus.Success && (elf.Is64 || isPvh) && CanStart(in elf, image, isPvh, out ParavirtNotes notes))
        {
            return isElf ? null : notes.NeedsSections ? image : ElfReducer.Reduce(in elf, image);
        }

        const string Forms = "as ELF file, gzipped or as bzImage packed with gzip, xz, lzma, zstd or lz4";
        return type == DomainType.Auto
            ? null
            : throw Refuse(what, isPvh
                ? "PVH guests was found, expected a kernel with one (Linux: CONFIG_PVH), " + Forms
                : "Xen PV guests was found, expected a 64-bit kernel with one (Linux: CONFIG_XEN_PV), " + Forms);
    }

    private static bool CanStart(in ElfFile elf, byte[] image, bool isPvh, out ParavirtNotes notes)
    {
        bool isParavirtual = ParavirtNotes.Read(in elf, image, out notes) is LoadStatus.Success or LoadStatus.OtherXenVersion;
        return isPvh ? ParavirtNotes.TryReadPvhEntry(in elf, image, out _) : isParavirtual;
    }

    private static HostException Refuse(string what, string why) => new(ExitCode.Failure, $"{what}: no entry for {why}");

    private static byte[]? Unpack(byte[] kernel, string what)
        => LinuxHeader.Read(kernel, out LinuxHeader header) == LoadStatus.Success
            ? KernelPayload.OfBzImage(kernel, in header, what)
            : KernelPayload.Unpack(kernel, what);
}
