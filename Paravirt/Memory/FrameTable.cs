using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// The records of all frames that belong to PV domains. Such domains have whole regions of 2 MiB; each region in use has a page of
/// 512 records and a page of the machine-to-physical table, both taken from the domain's frames. A frame of another region has no
/// record: nobody may map it. Lives as long as the backend; lookups take no lock, additions and removals the lock of the domain's pages.
/// </summary>
internal sealed unsafe class FrameTable(HostWindow window)
{
    /// <summary>Frames of a region.</summary>
    public const int FramesPerRegion = 512;

    private const int FreeShift = 52;

    private readonly PageTypes?[] _types = new PageTypes?[256]; // by slot
    private Region* _regions;
    private ulong _regionCount;

    /// <summary>Where host RAM is seen.</summary>
    public HostWindow Window => window;

    /// <summary>One more than the highest frame number of RAM, a multiple of 512.</summary>
    public ulong EndFrame => _regionCount * FramesPerRegion;

    /// <summary>The processor may read cached memory through entries that are not present (L1 terminal fault).</summary>
    public bool LeaksThroughNotPresent { get; set; }

    /// <summary>Makes the table for frames below <paramref name="endFrame"/>; false if there is no memory for it.</summary>
    public bool TryStart(FrameAllocator frames, ulong endFrame)
    {
        _regionCount = (endFrame + FramesPerRegion - 1) / FramesPerRegion;
        ulong bytes = _regionCount * (ulong)sizeof(Region);
        PageSize size = bytes <= 4096 ? PageSize.Size4K : bytes <= FrameAllocator.RegionBytes ? PageSize.Size2M : PageSize.Size1G;
        if (!frames.TryAllocate(FrameOwner.Host, size, out HostFrame first))
        {
            _regionCount = 0;
            return false;
        }

        _regions = (Region*)window.Page(first);
        for (ulong region = 0; region < _regionCount; region++)
        {
            _regions[region] = default;
        }

        return true;
    }

    /// <summary>Gives a region to domain slot <paramref name="slot"/>, with a page for its records, which are cleared, and one for its part of the machine-to-physical table.</summary>
    public void Add(HostFrame first, int slot, HostFrame records, HostFrame physical)
    {
        ulong* record = window.Table(records);
        for (int i = 0; i < FramesPerRegion; i++)
        {
            record[i] = 0;
        }

        _regions[first.Number / FramesPerRegion] = new Region { Records = record, PhysicalAndOwner = physical.Address.Value | ((ulong)slot + 1) };
    }

    /// <summary>Takes a region back: its frames have no record any more.</summary>
    public void Remove(HostFrame first) => _regions[first.Number / FramesPerRegion] = default;

    /// <summary>The record of a frame of domain slot <paramref name="slot"/>; null if it is not that domain's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong* Find(ClaimedFrame claim, int slot)
    {
        ulong region = claim.Number / FramesPerRegion;
        return region < _regionCount && (_regions[region].PhysicalAndOwner & 0xFFF) == (ulong)slot + 1
            ? _regions[region].Records + (claim.Number % FramesPerRegion)
            : null;
    }

    /// <summary>Makes known who keeps the types of domain slot <paramref name="slot"/>.</summary>
    public void Register(int slot, PageTypes types) => _types[slot] = types;

    /// <summary>Who keeps the type of a frame that is known to be a PV domain's.</summary>
    public PageTypes TypesOf(HostFrame frame) => _types[(int)(_regions[frame.Number / FramesPerRegion].PhysicalAndOwner & 0xFFF) - 1]!;

    /// <summary>The record of a frame that is known to be a PV domain's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong* Record(HostFrame frame) => _regions[frame.Number / FramesPerRegion].Records + (frame.Number % FramesPerRegion);

    /// <summary>How many frames of a region that is known to be a PV domain's are free.</summary>
    public int FreeIn(HostFrame first) => (int)(_regions[first.Number / FramesPerRegion].PhysicalAndOwner >> FreeShift);

    /// <summary>Notes that a frame that is known to be a PV domain's has become free (1) or is no longer (-1).</summary>
    public void CountFree(HostFrame frame, int change)
    {
        ref ulong counter = ref _regions[frame.Number / FramesPerRegion].PhysicalAndOwner;
        counter = unchecked(counter + ((ulong)change << FreeShift));
    }

    /// <summary>The entry of the machine-to-physical table of a frame that is known to be a PV domain's.</summary>
    public ulong* Physical(HostFrame frame)
    {
        ulong page = _regions[frame.Number / FramesPerRegion].PhysicalAndOwner & PageEntry.AddressMask;
        return (ulong*)window.At(page) + (frame.Number % FramesPerRegion);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Region
    {
        public ulong* Records;
        public ulong PhysicalAndOwner; // physical address of the page of the machine-to-physical table; slot + 1 in bits 11:0, free frames in 63:52
    }
}
