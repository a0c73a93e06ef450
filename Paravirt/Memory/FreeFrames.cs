using System;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// Finds frames that a domain has given back, single ones and aligned runs: a region knows how many of its frames are free, so only those
/// that may have a run are searched. Takes the domain's page lock.
/// </summary>
internal sealed unsafe class FreeFrames(FrameTable table, DomainMemory ram)
{
    /// <summary>A run has at most two to the power of this frames: a region.</summary>
    public const int MaximumOrder = 9;

    private const int SearchUnits = 8;

    private int _region;
    private int _index;
    private int _searched; // regions, in a search that is not finished
    private int _order;

    /// <summary>Forgets the last domain.</summary>
    public void Reset() => _region = _index = _searched = 0;

    /// <summary>
    /// Takes an aligned run of 2 to the power of <paramref name="order"/> (at most <see cref="MaximumOrder"/>) free frames below
    /// <paramref name="limit"/>: they are the domain's to use again. None; NoMemory if there is none; Unfinished: the search goes on in the next try.
    /// </summary>
    public XenError TryTake(int order, ulong limit, out HostFrame first)
    {
        int count = 1 << order;
        first = default;
        _searched = order == _order ? _searched : 0;
        _order = order;
        for (; ram.Types.FreeCount >= (ulong)count && _searched < ram.RegionCount; _searched++)
        {
            if (ram.Types.IsSpent)
            {
                return XenError.Unfinished;
            }

            HostFrame region = ram.Region(_region);
            ram.Types.Spend(1);
            if (table.FreeIn(region) >= count && TryFind(region, count, limit, out first))
            {
                _searched = 0;
                TakeBack(first, count);
                return XenError.None;
            }

            _region = _region + 1 < ram.RegionCount ? _region + 1 : 0;
            _index = 0;
        }

        _searched = 0;
        return XenError.NoMemory;
    }

    /// <summary>Makes <paramref name="count"/> free frames the domain's to use again.</summary>
    public void TakeBack(HostFrame first, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ram.Types.TakeFree(new HostFrame(first.Number + (ulong)i));
        }
    }

    // From where the last one was found: frames are mostly got one after the other.
    private bool TryFind(HostFrame region, int count, ulong limit, out HostFrame first)
    {
        ram.Types.Spend(SearchUnits);
        for (int tried = 0; tried < FrameTable.FramesPerRegion; tried += count)
        {
            int index = (_index + tried) % FrameTable.FramesPerRegion / count * count;
            first = new HostFrame(region.Number + (ulong)index);
            if (first.Number + (ulong)count <= limit && AreFree(first, count))
            {
                _index = index + count;
                return true;
            }
        }

        first = default;
        return false;
    }

    private bool AreFree(HostFrame first, int count)
    {
        ReadOnlySpan<ulong> records = new(table.Record(first), count); // Safe because an aligned run does not leave its region.
        foreach (ulong record in records)
        {
            if (new FrameRecord(record).Type != FrameType.Free)
            {
                return false;
            }
        }

        return true;
    }
}
