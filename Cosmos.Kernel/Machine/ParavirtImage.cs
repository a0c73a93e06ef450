namespace Multicosm.Machine;

/// <summary>What a loader has put into a PV domain's memory and what the kernel wants around it; the backend makes the rest. Frame numbers are pseudo-physical.</summary>
public struct ParavirtImage
{
    /// <summary>Linear address at which frame 0 appears.</summary>
    public ulong VirtualBase;

    /// <summary>Linear address of the first instruction.</summary>
    public ulong Entry;

    /// <summary>Linear address of the page to fill with hypercall code; 0 if the kernel has none.</summary>
    public ulong HypercallPage;

    /// <summary>Linear address at which the list of machine frames is to appear, or 0: then it lies with the image.</summary>
    public ulong FrameListBase;

    /// <summary>The first frame behind the kernel, and behind its ramdisk if that is mapped with it.</summary>
    public ulong EndFrame;

    /// <summary>The first frame of the ramdisk, and its length in bytes; 0 if there is none.</summary>
    public ulong RamdiskFrame, RamdiskBytes;

    /// <summary>True if the ramdisk is told by its frame, and not mapped.</summary>
    public bool IsRamdiskByFrame;

    /// <summary>Virtual CPUs.</summary>
    public uint Vcpus;
}
