using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>Puts the ELF image of a Xen PV kernel and its ramdisk into a domain's memory, in steps, and says what the backend needs to know for the rest.</summary>
/// <source>Xen headers "xen.h"; Xen headers "elfnote.h"</source>
public sealed class ParavirtLoader
{
    private const int StepBytes = 32 * 1024;
    private const ulong PageBytes = 4096;
    private const ulong RoomForTables = 4UL << 20; // what the backend puts behind the image, and the free part that the ABI promises
    private const int MaximumSegments = 16;
    private const int CommandLineLimit = 1023;

    private readonly ElfSegment[] _segments = new ElfSegment[MaximumSegments];
    private int _segmentCount;
    private BootModule? _kernel;
    private ModuleSet? _modules;
    private GuestMemory? _memory;
    private ParavirtImage _image;
    private int _segment;
    private ulong _segmentDone;
    private int _ramdiskDone;

    /// <summary>After <see cref="Plan"/>: bytes of memory that the kernel and its ramdisk need.</summary>
    public ulong NeededBytes { get; private set; }

    /// <summary>After a successful <see cref="Plan"/>: what the backend needs to know.</summary>
    public ref readonly ParavirtImage Image => ref _image;

    /// <summary>The longest command line, in bytes.</summary>
    public static int LongestCommandLine => CommandLineLimit;

    /// <summary>Checks the kernel and decides where everything goes in <paramref name="memoryBytes"/>; nothing is copied. Success, or why not.</summary>
    public LoadStatus Plan(ReadOnlySpan<byte> kernel, int ramdiskBytes, int commandLineBytes, ulong memoryBytes, uint vcpus)
    {
        NeededBytes = 0;
        _image = default;
        LoadStatus status = ElfFile.Read(kernel, out ElfFile elf);
        if (status != LoadStatus.Success)
        {
            return status;
        }

        if (!elf.Is64)
        {
            return LoadStatus.Malformed;
        }

        status = ParavirtNotes.Read(in elf, kernel, out ParavirtNotes notes);
        if (status != LoadStatus.Success)
        {
            return status;
        }

        status = PlanSegments(in elf, in notes, out ulong imageEnd);
        if (status != LoadStatus.Success)
        {
            return status;
        }

        _image.VirtualBase = notes.VirtualBase;
        _image.Entry = notes.Entry;
        _image.HypercallPage = notes.HypercallPage;
        _image.FrameListBase = notes.FrameList;
        _image.Vcpus = vcpus;
        if (!IsAddress(notes.VirtualBase) || !IsAddress(notes.Entry) || !IsAddress(notes.FrameList) || !IsAddress(notes.HypercallPage) || (notes.VirtualBase & (PageBytes - 1)) != 0)
        {
            return LoadStatus.Malformed;
        }

        return commandLineBytes > CommandLineLimit ? LoadStatus.ParavirtCommandLineTooLong : PlanRamdisk(imageEnd, ramdiskBytes, memoryBytes, notes.TakesModuleByFrame);
    }

    /// <summary>Starts to copy what the last successful <see cref="Plan"/> decided.</summary>
    public void Begin(GuestMemory memory, BootModule kernel, ModuleSet modules)
    {
        _memory = memory;
        _kernel = kernel;
        _modules = modules;
        _segment = 0;
        _segmentDone = 0;
        _ramdiskDone = 0;
    }

    /// <summary>One bounded step: InProgress until Success or MemoryFault.</summary>
    public LoadStatus Step()
    {
        if (_segment < _segmentCount)
        {
            return CopySegment(in _segments[_segment]);
        }

        ReadOnlySpan<byte> ramdisk = _modules!.Count == 0 ? default : _modules.ContentOf(0);
        if (_ramdiskDone < ramdisk.Length)
        {
            int count = Math.Min(StepBytes, ramdisk.Length - _ramdiskDone);
            ulong address = (_image.RamdiskFrame * PageBytes) + (ulong)_ramdiskDone;
            bool copied = _memory!.TryCopyOut(new GuestPhysicalAddress(address), ramdisk.Slice(_ramdiskDone, count));
            _ramdiskDone += count;
            return copied ? LoadStatus.InProgress : LoadStatus.MemoryFault;
        }

        return LoadStatus.Success;
    }

    private LoadStatus PlanSegments(in ElfFile elf, in ParavirtNotes notes, out ulong imageEnd)
    {
        imageEnd = 0;
        _segmentCount = 0;
        for (int i = 0; i < elf.SegmentCount; i++)
        {
            if (!elf.TrySegment(i, out ElfSegment segment))
            {
                return LoadStatus.Truncated;
            }

            if (segment.Type != ElfFile.Load || segment.MemoryBytes == 0)
            {
                continue;
            }

            ulong start = unchecked(segment.PhysicalAddress - notes.PhysicalOffset);
            if (_segmentCount == MaximumSegments || start > 1UL << 40 || segment.MemoryBytes > 1UL << 40)
            {
                return LoadStatus.Malformed;
            }

            segment.PhysicalAddress = start;
            _segments[_segmentCount++] = segment;
            imageEnd = Math.Max(imageEnd, start + segment.MemoryBytes);
        }

        return _segmentCount == 0 ? LoadStatus.Malformed : LoadStatus.Success;
    }

    // A ramdisk that is told by its frame lies at the top, out of the way of what is mapped.
    private LoadStatus PlanRamdisk(ulong imageEnd, int ramdiskBytes, ulong memoryBytes, bool byFrame)
    {
        ulong imagePages = (imageEnd + PageBytes - 1) / PageBytes;
        ulong pages = ((ulong)ramdiskBytes + PageBytes - 1) / PageBytes;
        NeededBytes = ((imagePages + pages) * PageBytes) + RoomForTables;
        if (NeededBytes > memoryBytes)
        {
            return LoadStatus.NeedsMoreMemory;
        }

        _image.RamdiskBytes = (ulong)ramdiskBytes;
        _image.IsRamdiskByFrame = byFrame && ramdiskBytes != 0;
        _image.RamdiskFrame = _image.IsRamdiskByFrame ? (memoryBytes / PageBytes) - pages : imagePages;
        _image.EndFrame = _image.IsRamdiskByFrame ? imagePages : imagePages + pages;
        return LoadStatus.Success;
    }

    // Memory is scrubbed: only what the file holds is copied.
    private LoadStatus CopySegment(in ElfSegment segment)
    {
        int count = (int)Math.Min(StepBytes, (ulong)segment.FileBytes - _segmentDone);
        ReadOnlySpan<byte> source = _kernel!.Content.Slice(segment.FileOffset + (int)_segmentDone, count);
        bool copied = _memory!.TryCopyOut(new GuestPhysicalAddress(segment.PhysicalAddress + _segmentDone), source);
        _segmentDone += (ulong)count;
        if (_segmentDone == (ulong)segment.FileBytes)
        {
            _segment++;
            _segmentDone = 0;
        }

        return copied ? LoadStatus.InProgress : LoadStatus.MemoryFault;
    }

    // Canonical and outside the hypervisor's hole.
    private static bool IsAddress(ulong address) => (ulong)((long)(address << 16) >> 16) == address && address >> 43 != 0xFFFF800000000000 >> 43;
}
