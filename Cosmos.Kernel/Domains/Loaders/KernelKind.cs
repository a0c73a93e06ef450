namespace Multicosm.Domains.Loaders;

/// <summary>How a kernel for a fully virtualised domain wants to be started.</summary>
public enum KernelKind : byte
{
    /// <summary>In no way that is known here.</summary>
    None,

    /// <summary>A bzImage, by Linux' 32-bit boot protocol.</summary>
    Linux,

    /// <summary>An ELF file with a note that names its entry for PVH.</summary>
    Pvh,

    /// <summary>A file with a multiboot header.</summary>
    Multiboot,
}
