using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Memory;

namespace Multicosm.Vmx.Ept;

/// <summary>Gives a domain its RAM in steps: a scrubbed run of 2 MiB at a time, or single frames where memory is fragmented.</summary>
internal sealed class EptBuilder(VmxDomain domain, FrameAllocator frames)
{
    private const ulong LargeBytes = 2UL << 20;
    private const ulong ScrubBytes = 128 * 1024; // about 9,000 ticks
    private const ulong PagesPerStep = 8;
    private const ulong HoleStart = 0xA0000; // the PC's display memory is not RAM
    private const ulong HoleEnd = 0xC0000;
    private const ulong FourGiB = 1UL << 32;
    private const ulong FixedTables = 2 + 3 + 2; // root and the next level; directories of both ends and of the APIC; the APIC's table and one to spare

    private ulong _memoryBytes;
    private ulong _lowMemoryEnd;
    private ulong _built;
    private ulong _inRegion;
    private HostFrame _run;
    private bool _hasRun;

    /// <summary>Notes what is to be built.</summary>
    public BackendStatus Start(ulong memoryBytes, ulong lowMemoryEnd)
    {
        _memoryBytes = memoryBytes;
        _lowMemoryEnd = lowMemoryEnd;
        _built = 0;
        _inRegion = 0;
        _hasRun = false;
        domain.ScrubbedBytes = 0;
        domain.ScrubTicks = 0;
        frames.SetLimit(domain.Owner, memoryBytes + OverheadBytes(memoryBytes, domain.VcpuCount));
        return frames.FreeBytes < memoryBytes ? BackendStatus.OutOfMemory : BackendStatus.Success;
    }

    /// <summary>The most that tables and <paramref name="vcpus"/> take beside the RAM: a table for each 2 MiB where memory is fragmented.</summary>
    public static ulong OverheadBytes(ulong memoryBytes, int vcpus)
        => 4096 * (FixedTables + ((ulong)vcpus * VmxVcpu.Frames) + (memoryBytes / LargeBytes) + (memoryBytes >> 30));

    /// <summary>One bounded step.</summary>
    public BackendStatus Step()
    {
        if (_built == 0 && _inRegion == 0 && !(domain.Tables.TryStart() && domain.TryMapApicAccess()))
        {
            return BackendStatus.OutOfMemory;
        }

        if (_built == _memoryBytes)
        {
            return BackendStatus.Success;
        }

        if (_inRegion == 0)
        {
            _hasRun = frames.TryAllocate(domain.Owner, PageSize.Size2M, out _run);
        }

        bool done = _hasRun ? ScrubAndMapRun() : MapSinglePages();
        if (!done)
        {
            return BackendStatus.OutOfMemory;
        }

        if (_inRegion == LargeBytes)
        {
            _inRegion = 0;
            _built += LargeBytes;
        }

        return _built == _memoryBytes ? BackendStatus.Success : BackendStatus.InProgress;
    }

    /// <summary>Adds RAM beside what was built, in single frames; false if there is not enough.</summary>
    public bool TryAdd(GuestPhysicalAddress address, ulong bytes)
    {
        frames.SetLimit(domain.Owner, _memoryBytes + bytes + OverheadBytes(_memoryBytes, domain.VcpuCount));
        for (ulong i = 0; i < bytes; i += 4096)
        {
            if (!frames.TryAllocate(domain.Owner, PageSize.Size4K, out HostFrame frame))
            {
                return false;
            }

            Scrub(frame.Address, 4096);
            if (!domain.Tables.TryMapPage(address.Add(i), frame))
            {
                return false;
            }
        }

        return true;
    }

    private ulong GuestAddress => _built < _lowMemoryEnd ? _built : FourGiB + (_built - _lowMemoryEnd);

    private bool ScrubAndMapRun()
    {
        Scrub(_run.Address.Add(_inRegion), ScrubBytes);
        ulong scrubbed = _inRegion;
        _inRegion += ScrubBytes;
        if (GuestAddress != 0)
        {
            return _inRegion < LargeBytes || domain.Tables.TryMapLarge(new GuestPhysicalAddress(GuestAddress), _run);
        }

        // The first 2 MiB hold the display hole, which begins and ends with a step: small pages.
        return IsHole(scrubbed) || domain.Tables.TryMapPages(new GuestPhysicalAddress(scrubbed), new HostFrame(_run.Number + (scrubbed >> 12)), (int)(ScrubBytes >> 12));
    }

    private bool MapSinglePages()
    {
        for (ulong i = 0; i < PagesPerStep; i++, _inRegion += 4096)
        {
            GuestPhysicalAddress address = new(GuestAddress + _inRegion);
            if (IsHole(address.Value))
            {
                continue;
            }

            if (!frames.TryAllocate(domain.Owner, PageSize.Size4K, out HostFrame frame))
            {
                return false;
            }

            Scrub(frame.Address, 4096);
            if (!domain.Tables.TryMapPage(address, frame))
            {
                return false;
            }
        }

        return true;
    }

    private void Scrub(HostPhysicalAddress address, ulong bytes)
    {
        ulong start = CpuInstructions.ReadTimeStamp();
        DirectMap.Clear(address, bytes);
        domain.ScrubTicks += CpuInstructions.ReadTimeStamp() - start;
        domain.ScrubbedBytes += bytes;
    }

    private static bool IsHole(ulong address) => address is >= HoleStart and < HoleEnd;
}
