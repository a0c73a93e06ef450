using Multicosm.Machine;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt.Building;

/// <summary>Gives a domain its RAM in steps: a scrubbed region of 2 MiB at a time.</summary>
internal sealed class RamBuilder(PvDomain domain, FrameAllocator frames)
{
    private const ulong RegionBytes = FrameAllocator.RegionBytes;
    private const ulong ScrubBytes = 128 * 1024; // about 9,000 ticks
    private const int EntrySlot = EntryArea.Slot - PageEntry.FirstHypervisorSlot;

    private ulong _memoryBytes;
    private ulong _built;
    private ulong _inRegion;
    private HostFrame _region;

    /// <summary>The most that is kept beside <paramref name="memoryBytes"/> of RAM: records, the domain's view of the machine-to-physical table, a frame and a page a vCPU.</summary>
    public static ulong OverheadBytes(ulong memoryBytes, ulong machineBytes, int vcpus)
    {
        ulong regions = memoryBytes / RegionBytes;
        ulong tables = (machineBytes >> 30) + (machineBytes >> 39) + 4;
        return 4096 * ((2 * regions) + (regions / PageEntry.PerTable) + 1 + tables + (2 * (ulong)vcpus));
    }

    /// <summary>Notes what is to be built.</summary>
    public BackendStatus Start(ulong memoryBytes, ulong overheadBytes)
    {
        _memoryBytes = memoryBytes;
        _built = 0;
        _inRegion = 0;
        domain.ScrubbedBytes = 0;
        domain.ScrubTicks = 0;
        frames.SetLimit(domain.Owner, memoryBytes + overheadBytes);
        return frames.FreeBytes < memoryBytes ? BackendStatus.OutOfMemory : BackendStatus.Success;
    }

    /// <summary>One bounded step.</summary>
    public BackendStatus Step(ulong entryAreaEntry)
    {
        if (_built == 0 && _inRegion == 0)
        {
            if (!domain.Ram.TryStart())
            {
                return BackendStatus.OutOfMemory;
            }

            domain.Ram.Types.HypervisorSlots[EntrySlot] = entryAreaEntry;
        }

        if (_built == _memoryBytes)
        {
            return BackendStatus.Success;
        }

        if (_inRegion == 0 && !frames.TryAllocate(domain.Owner, PageSize.Size2M, out _region))
        {
            return BackendStatus.OutOfMemory;
        }

        ulong start = CpuInstructions.ReadTimeStamp();
        DirectMap.Clear(_region.Address.Add(_inRegion), ScrubBytes);
        domain.ScrubTicks += CpuInstructions.ReadTimeStamp() - start;
        domain.ScrubbedBytes += ScrubBytes;
        _inRegion += ScrubBytes;
        if (_inRegion < RegionBytes)
        {
            return BackendStatus.InProgress;
        }

        _inRegion = 0;
        _built += RegionBytes;
        if (!domain.Ram.TryAddRegion(_region))
        {
            return BackendStatus.OutOfMemory;
        }

        if (_built < _memoryBytes)
        {
            return BackendStatus.InProgress;
        }

        domain.Ram.ReserveSpecial();
        return BackendStatus.Success;
    }
}
