namespace Multicosm.Domains.Loaders;

/// <summary>What loading a kernel can come to.</summary>
public enum LoadStatus : byte
{
    /// <summary>Done.</summary>
    Success,

    /// <summary>One step done, more to do.</summary>
    InProgress,

    /// <summary>The file is no kernel of a kind that is known.</summary>
    NotBzImage,

    /// <summary>The file ends before what its header promises.</summary>
    Truncated,

    /// <summary>Its boot protocol is older than 2.10.</summary>
    TooOld,

    /// <summary>A zImage, which loads below 1 MiB.</summary>
    NotLoadedHigh,

    /// <summary>A number in the header that makes no sense.</summary>
    Malformed,

    /// <summary>The command line is longer than the kernel takes.</summary>
    CommandLineTooLong,

    /// <summary>Kernel and ramdisk need more memory than the domain has.</summary>
    NeedsMoreMemory,

    /// <summary>Not an ELF file.</summary>
    NotElf,

    /// <summary>An ELF file that does not say how Xen starts it.</summary>
    NoXenNotes,

    /// <summary>Made for another Xen ABI than xen-3.0, or for a loader of its own.</summary>
    OtherXenVersion,

    /// <summary>The command line is longer than start_info takes.</summary>
    ParavirtCommandLineTooLong,

    /// <summary>An ELF file without an entry for PVH.</summary>
    NoPvhEntry,

    /// <summary>A multiboot header that demands what the specification does not know.</summary>
    DemandsUnknown,

    /// <summary>The domain's memory could not be written.</summary>
    MemoryFault,
}
