using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// A PV domain's RAM: whole regions of 2 MiB, wherever they lie. Allocated with the domain slot; <see cref="TryStart"/> begins a domain,
/// <see cref="TryAddRegion"/> adds its RAM, <see cref="ReserveSpecial"/> ends the building, <see cref="TryReset"/> forgets all of it
/// before the allocator frees the frames. All methods take the domain's page lock.
/// </summary>
internal sealed unsafe class DomainMemory
{
    /// <summary>Frames at the end of RAM that have no pseudo-physical number: shared_info, then those of the grant table.</summary>
    public const int SpecialFrames = 1 + GrantFrames;

    /// <summary>Frames of the grant table.</summary>
    public const int GrantFrames = 32;

    /// <summary>A domain has no more regions than this: 512 GiB.</summary>
    public const int MaximumRegions = 512 * PageEntry.PerTable;

    private readonly FrameTable _table;
    private readonly FrameAllocator _frames;
    private readonly MachineToPhysical _machineToPhysical;
    private readonly int _slot;
    private readonly FrameOwner _owner;
    private readonly ulong[] _regionPages = new ulong[512]; // frames with 512 region numbers each
    private int _resetRegions;

    /// <summary>The memory of domain slot <paramref name="slot"/>, none yet. <paramref name="budget"/> is the work that one hypercall may do.</summary>
    public DomainMemory(FrameTable table, SharedMachineMap shared, FrameAllocator frames, int slot, int budget = PageTypes.Budget)
    {
        _table = table;
        _frames = frames;
        _slot = slot;
        _owner = FrameOwner.Domain(slot);
        _machineToPhysical = new MachineToPhysical(table, shared, frames, _owner);
        Types = new PageTypes(table, slot, budget);
        table.Register(slot, Types);
        Free = new FreeFrames(table, this);
        Physical = new PseudoPhysicalMemory(this);
        Machine = new MachineMemory(this);
    }

    /// <summary>What its frames are used for.</summary>
    public PageTypes Types { get; }

    /// <summary>Its frames that it has given back.</summary>
    public FreeFrames Free { get; }

    /// <summary>Its RAM by the pseudo-physical addresses that it was built with.</summary>
    public GuestMemory Physical { get; }

    /// <summary>Its RAM by the machine addresses that its page tables hold.</summary>
    public GuestMemory Machine { get; }

    /// <summary>Where host RAM is seen.</summary>
    public HostWindow Window => _table.Window;

    /// <summary>Regions of 2 MiB that it has.</summary>
    public int RegionCount { get; private set; }

    /// <summary>Pages of RAM that it was built with (nr_pages): pseudo-physical numbers are below.</summary>
    public ulong PageCount { get; private set; }

    /// <summary>Pages that it has now: some may have been given back.</summary>
    public ulong CurrentPages => PageCount - Types.FreeCount;

    /// <summary>One more than the highest machine frame number of the PC.</summary>
    public ulong MachineFrames => _table.EndFrame;

    /// <summary>Begins a domain without RAM; false if there is no memory for its tables.</summary>
    public bool TryStart()
    {
        RegionCount = 0;
        PageCount = 0;
        _resetRegions = 0;
        Types.Reset();
        Free.Reset();
        bool isStarted = _machineToPhysical.TryStart();
        Types.HypervisorSlots[0] = isStarted ? _machineToPhysical.RootEntry : 0;
        return isStarted;
    }

    /// <summary>Adds a region that the domain owns in the allocator, after those that it has; false if there is no memory for what is kept of it.</summary>
    public bool TryAddRegion(HostFrame first)
    {
        int page = RegionCount / PageEntry.PerTable;
        HostFrame list = default;
        if (RegionCount >= MaximumRegions
            || (RegionCount % PageEntry.PerTable == 0 && !_frames.TryAllocate(_owner, PageSize.Size4K, out list))
            || !_frames.TryAllocate(_owner, PageSize.Size4K, out HostFrame records)
            || !_frames.TryAllocate(_owner, PageSize.Size4K, out HostFrame physical)
            || !_machineToPhysical.TryShow(first, physical))
        {
            return false;
        }

        if (RegionCount % PageEntry.PerTable == 0)
        {
            _regionPages[page] = list.Number;
        }

        for (int i = 0; i < FrameTable.FramesPerRegion; i++)
        {
            Window.Table(physical)[i] = PageCount + (ulong)i;
        }

        _table.Add(first, _slot, records, physical);
        Window.Table(new HostFrame(_regionPages[page]))[RegionCount % PageEntry.PerTable] = first.Number;
        RegionCount++;
        PageCount += FrameTable.FramesPerRegion;
        return true;
    }

    /// <summary>
    /// Takes the special frames from the end of RAM, after the last region. They can be mapped and written by the guest, but never be
    /// page tables: the hypervisor reads and writes them.
    /// </summary>
    public void ReserveSpecial()
    {
        PageCount -= SpecialFrames;
        for (int i = 0; i < SpecialFrames; i++)
        {
            HostFrame frame = SpecialFrame(i);
            *_table.Physical(frame) = MachineToPhysical.NoFrame;
            _ = Types.TryGet(new ClaimedFrame(frame.Number), FrameType.Writable, out _); // a new frame: nothing is in the way
        }
    }

    /// <summary>Special frame <paramref name="index"/>: 0 is shared_info, 1..32 are the grant table.</summary>
    public HostFrame SpecialFrame(int index) => FrameAt(PageCount + (ulong)index);

    /// <summary>The frame that got pseudo-physical number <paramref name="number"/> when the domain was built; it must be below <see cref="PageCount"/>.</summary>
    public HostFrame FrameAt(ulong number)
    {
        ulong region = number / FrameTable.FramesPerRegion;
        ulong first = Window.Table(new HostFrame(_regionPages[region / PageEntry.PerTable]))[region % PageEntry.PerTable];
        return new HostFrame(first + (number % FrameTable.FramesPerRegion));
    }

    /// <summary>The first frame of region <paramref name="index"/>, below <see cref="RegionCount"/>.</summary>
    public HostFrame Region(int index) => FrameAt((ulong)index * FrameTable.FramesPerRegion);

    /// <summary>How many frames of region <paramref name="index"/> are free.</summary>
    public ulong FreeIn(int index) => (ulong)_table.FreeIn(Region(index));

    /// <summary>What the machine-to-physical table says of one of the domain's frames, and says to the guest.</summary>
    public ref ulong PhysicalNumber(HostFrame frame) => ref *_table.Physical(frame);

    /// <summary>Forgets at most <paramref name="regionBudget"/> regions; true when no record of the domain is left. Then its frames may be freed, not before.</summary>
    public bool TryReset(int regionBudget)
    {
        for (; _resetRegions < RegionCount && regionBudget > 0; regionBudget--)
        {
            _table.Remove(Region(_resetRegions++));
        }

        if (_resetRegions < RegionCount)
        {
            return false;
        }

        RegionCount = 0;
        PageCount = 0;
        _resetRegions = 0;
        Types.Reset();
        Free.Reset();
        return true;
    }
}
