using System;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>
/// What loaders of kernels with physical addresses of their own have in common: the segments go where the file says, a page of information
/// behind the last, the modules behind that, each on a page.
/// </summary>
public abstract class ImageLoader : KernelLoader
{
    /// <summary>Offset in the page of information: where the command line begins, up to <see cref="GdtOffset"/>.</summary>
    protected const int TextOffset = 512;

    /// <summary>Offset in the page of information: the descriptor table.</summary>
    protected const int GdtOffset = PageBytes - 64;

    private const int PageBytes = 4096;
    private const int StepBytes = 32 * 1024;
    private const int MaximumSegments = 32;
    private const ulong PageMask = PageBytes - 1;

    private readonly byte[] _page = new byte[PageBytes];
    private readonly byte[] _tables = new byte[AcpiTables.MaximumBytes];
    private readonly ElfSegment[] _segments = new ElfSegment[MaximumSegments];
    private readonly uint[] _moduleAddresses = new uint[ModuleSet.Maximum];
    private BootModule? _kernel;
    private GuestMemory? _memory;
    private int _segmentCount;
    private int _piece;
    private int _done;

    /// <inheritdoc/>
    public override uint CommandLineLimit => DomainConfiguration.MaximumCommandLine;

    /// <summary>Physical address of the page of information.</summary>
    protected uint InformationAddress { get; private set; }

    /// <summary>Physical address of the first instruction.</summary>
    protected uint Entry { get; private set; }

    /// <summary>Bytes of memory below and above 4 GiB.</summary>
    protected ulong LowBytes { get; private set; }

    /// <inheritdoc cref="LowBytes"/>
    protected ulong HighBytes { get; private set; }

    /// <summary>What <see cref="Begin"/> was given.</summary>
    protected ModuleSet? Modules { get; private set; }

    /// <summary>What <see cref="Begin"/> was given.</summary>
    protected DomainConfiguration? Configuration { get; private set; }

    /// <inheritdoc/>
    public override LoadStatus Plan(ReadOnlySpan<byte> kernel, ModuleSet modules, int commandLineBytes, ulong lowBytes, ulong highBytes)
    {
        LowBytes = lowBytes;
        HighBytes = highBytes;
        NeededBytes = 0;
        _segmentCount = 0;
        LoadStatus status = PlanSegments(kernel, out ulong entry);
        if (status != LoadStatus.Success)
        {
            return status;
        }

        ulong end = 0;
        for (int i = 0; i < _segmentCount; i++)
        {
            ulong start = _segments[i].PhysicalAddress;
            if (start > uint.MaxValue || _segments[i].MemoryBytes > uint.MaxValue)
            {
                return LoadStatus.Malformed;
            }

            end = Math.Max(end, start + _segments[i].MemoryBytes);
        }

        if (_segmentCount == 0 || entry >= end)
        {
            return LoadStatus.Malformed;
        }

        Entry = (uint)entry;
        return Place(modules, end);
    }

    /// <inheritdoc/>
    public override void Begin(GuestMemory memory, BootModule kernel, ModuleSet modules, DomainConfiguration configuration)
    {
        _memory = memory;
        _kernel = kernel;
        Modules = modules;
        Configuration = configuration;
        _piece = 0;
        _done = 0;
    }

    /// <inheritdoc/>
    public override LoadStatus Step()
    {
        if (_piece < _segmentCount)
        {
            ref readonly ElfSegment segment = ref _segments[_piece];
            return Copy(_kernel!.Content.Slice(segment.FileOffset, segment.FileBytes), segment.PhysicalAddress);
        }

        int module = _piece - _segmentCount;
        return module < Modules!.Count ? Copy(Modules.ContentOf(module), _moduleAddresses[module])
            : WriteTables() ? LoadStatus.Success : LoadStatus.MemoryFault;
    }

    /// <inheritdoc/>
    public override void FillState(out VcpuState state)
    {
        FlatState.Fill(out state, Entry, InformationAddress + GdtOffset);
        FillRegisters(ref state);
    }

    /// <summary>Adds the segments of <paramref name="kernel"/>, and says where it begins; Success, or why not.</summary>
    protected abstract LoadStatus PlanSegments(ReadOnlySpan<byte> kernel, out ulong entry);

    /// <summary>Writes what the kernel is told, as the page at <see cref="InformationAddress"/>, up to <see cref="GdtOffset"/>.</summary>
    protected abstract void WriteInformation(Span<byte> page);

    /// <summary>Sets the registers in which the kernel is told of that page.</summary>
    protected abstract void FillRegisters(ref VcpuState state);

    /// <summary>Adds a segment; Malformed if there are too many.</summary>
    protected LoadStatus Add(in ElfSegment segment)
    {
        if (_segmentCount == MaximumSegments)
        {
            return LoadStatus.Malformed;
        }

        _segments[_segmentCount++] = segment;
        return LoadStatus.Success;
    }

    /// <summary>Adds the segments of an ELF file; Success, or why not.</summary>
    protected LoadStatus AddAll(in ElfFile elf)
    {
        for (int i = 0; i < elf.SegmentCount; i++)
        {
            if (!elf.TrySegment(i, out ElfSegment segment))
            {
                return LoadStatus.Truncated;
            }

            if (segment.Type == ElfFile.Load && segment.MemoryBytes != 0 && Add(in segment) != LoadStatus.Success)
            {
                return LoadStatus.Malformed;
            }
        }

        return LoadStatus.Success;
    }

    /// <summary>Physical address of module <paramref name="index"/>.</summary>
    protected uint AddressOf(int index) => _moduleAddresses[index];

    private LoadStatus Place(ModuleSet modules, ulong end)
    {
        end = (end + PageMask) & ~PageMask;
        ulong next = end + PageBytes;
        for (int i = 0; i < modules.Count; i++)
        {
            _moduleAddresses[i] = (uint)next;
            next += ((ulong)modules.ContentOf(i).Length + PageMask) & ~PageMask;
        }

        NeededBytes = next;
        InformationAddress = (uint)end;
        return next <= LowBytes ? LoadStatus.Success : LoadStatus.NeedsMoreMemory;
    }

    // Memory is scrubbed: only what the file holds is copied.
    private LoadStatus Copy(ReadOnlySpan<byte> source, ulong address)
    {
        int count = Math.Min(StepBytes, source.Length - _done);
        bool copied = _memory!.TryCopyOut(new GuestPhysicalAddress(address + (ulong)_done), source.Slice(_done, count));
        _done += count;
        if (_done == source.Length)
        {
            _piece++;
            _done = 0;
        }

        return copied ? LoadStatus.InProgress : LoadStatus.MemoryFault;
    }

    private bool WriteTables()
    {
        Array.Clear(_page);
        WriteInformation(_page);
        FlatState.Gdt.CopyTo(_page.AsSpan(GdtOffset));
        int tableBytes = AcpiTables.Write(_tables);
        return _memory!.TryCopyOut(new GuestPhysicalAddress(InformationAddress), _page)
            && _memory.TryCopyOut(new GuestPhysicalAddress(AcpiTables.Address), new ReadOnlySpan<byte>(_tables, 0, tableBytes));
    }
}
