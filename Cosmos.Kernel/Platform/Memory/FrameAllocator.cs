using System;
using Multicosm.Machine;

namespace Multicosm.Platform.Memory;

/// <summary>
/// Owns all of the PC's RAM, in 4 KiB frames with an owner each. A 2 MiB region that has one owner throughout is a single entry;
/// a mixed region has an entry per frame. Runs of 2 MiB and 1 GiB are contiguous and aligned.
/// </summary>
public sealed unsafe class FrameAllocator : FrameSource
{
    /// <summary>Bytes of a region.</summary>
    public const ulong RegionBytes = 2UL << 20;

    private const ushort Mixed = 0xFFFF;
    private const int FramesPerRegion = 512;
    private const int RegionsPerGiB = 512;
    private const int MixedCost = 512;

    private readonly ushort* _regionOwner;
    private readonly ushort* _regionFree;
    private readonly ushort* _frameOwner;
    private readonly int _regions;
    private readonly ulong[] _ownedFrames = new ulong[FrameOwner.Count];
    private readonly ulong[] _limitFrames = new ulong[FrameOwner.Count];
    private ulong _freeFrames;
    private ulong _totalFrames;
    private int _mixedHint;
    private ulong _freeHint; // where to look first in its region
    private int _wholeHint;

    /// <summary>
    /// An allocator for frames below <paramref name="endFrame"/>, all reserved at first. <paramref name="tables"/> must have
    /// <see cref="TableBytes"/> bytes and stay for ever.
    /// </summary>
    public FrameAllocator(void* tables, ulong endFrame)
    {
        _regions = (int)((endFrame + FramesPerRegion - 1) / FramesPerRegion);
        _regionOwner = (ushort*)tables;
        _regionFree = _regionOwner + _regions;
        _frameOwner = _regionFree + _regions;
        Array.Fill(_limitFrames, ulong.MaxValue);
        for (int region = 0; region < _regions; region++)
        {
            _regionOwner[region] = FrameOwner.Reserved.Id;
            _regionFree[region] = 0;
        }
    }

    /// <inheritdoc/>
    public override ulong FreeBytes => _freeFrames * 4096;

    /// <inheritdoc/>
    public override ulong TotalBytes => _totalFrames * 4096;

    /// <summary>One more than the highest frame's number, a multiple of those of a region.</summary>
    public ulong EndFrame => (ulong)_regions * FramesPerRegion;

    /// <summary>Bytes of table that an allocator for frames below <paramref name="endFrame"/> needs.</summary>
    public static ulong TableBytes(ulong endFrame)
    {
        ulong regions = (endFrame + FramesPerRegion - 1) / FramesPerRegion;
        return (regions * 2 * sizeof(ushort)) + (regions * FramesPerRegion * sizeof(ushort));
    }

    /// <inheritdoc/>
    public override ulong BytesOwnedBy(int slot) => _ownedFrames[FrameOwner.Domain(slot).Id] * 4096;

    /// <summary>Bytes that <paramref name="owner"/> has.</summary>
    public ulong BytesOwnedBy(FrameOwner owner) => _ownedFrames[owner.Id] * 4096;

    /// <summary>Adds RAM, free: frames [first, end).</summary>
    public void AddRam(ulong first, ulong end)
    {
        for (ulong frame = first; frame < end && frame < (ulong)_regions * FramesPerRegion; frame++)
        {
            if (IsWholeRegion(frame, end, FrameOwner.Reserved))
            {
                FreeRegion((int)(frame / FramesPerRegion));
                _totalFrames += FramesPerRegion;
                frame += FramesPerRegion - 1;
            }
            else if (OwnerOf(frame) == FrameOwner.Reserved.Id)
            {
                SetOwner(frame, FrameOwner.None.Id);
                _totalFrames++;
            }
        }
    }

    /// <summary>Takes frames [first, end) for <paramref name="owner"/>, as far as they are free.</summary>
    public void Claim(ulong first, ulong end, FrameOwner owner)
    {
        for (ulong frame = first; frame < end && frame < (ulong)_regions * FramesPerRegion; frame++)
        {
            if (IsWholeRegion(frame, end, FrameOwner.None))
            {
                TakeRegions((int)(frame / FramesPerRegion), 1, owner.Id);
                frame += FramesPerRegion - 1;
            }
            else if (OwnerOf(frame) == FrameOwner.None.Id)
            {
                SetOwner(frame, owner.Id);
            }
        }
    }

    /// <summary>Owner of <paramref name="frame"/>; Reserved beyond the end of RAM.</summary>
    public FrameOwner OwnerOf(HostFrame frame) =>
        frame.Number < (ulong)_regions * FramesPerRegion ? new(OwnerOf(frame.Number)) : FrameOwner.Reserved;

    /// <summary>Refuses <paramref name="owner"/> what would bring it over <paramref name="bytes"/>; what it has already stays.</summary>
    public void SetLimit(FrameOwner owner, ulong bytes) => _limitFrames[owner.Id] = bytes / 4096;

    /// <summary>
    /// Takes a run of frames of the given size, aligned to it. Its content is what its last owner left. False if there is none, or the
    /// owner's limit would be passed.
    /// </summary>
    public bool TryAllocate(FrameOwner owner, PageSize size, out HostFrame frame)
    {
        ulong number = 0;
        bool found = _ownedFrames[owner.Id] + FramesOf(size) <= _limitFrames[owner.Id] && size switch
        {
            PageSize.Size4K => TryTakeFrame(owner.Id, out number),
            PageSize.Size2M => TryTakeRegions(owner.Id, 1, out number),
            PageSize.Size1G => TryTakeRegions(owner.Id, RegionsPerGiB, out number),
            _ => false,
        };
        frame = new HostFrame(number);
        return found;
    }

    /// <summary>Gives back a run that was allocated with this size.</summary>
    public void Free(HostFrame frame, PageSize size)
    {
        if (size == PageSize.Size4K)
        {
            SetOwner(frame.Number, FrameOwner.None.Id);
            return;
        }

        int count = size == PageSize.Size2M ? 1 : RegionsPerGiB;
        int first = (int)(frame.Number / FramesPerRegion);
        for (int region = first; region < first + count; region++)
        {
            FreeRegion(region);
        }
    }

    /// <summary>
    /// Frees what <paramref name="owner"/> has, found in the owner table alone: at most <paramref name="regionBudget"/> regions from
    /// <paramref name="cursor"/> on, which advances. True when the whole table has been swept.
    /// </summary>
    public bool Sweep(FrameOwner owner, ref int cursor, int regionBudget)
    {
        for (; cursor < _regions && regionBudget > 0; cursor++, regionBudget--)
        {
            if (_regionOwner[cursor] == owner.Id)
            {
                FreeRegion(cursor);
            }
            else if (_regionOwner[cursor] == Mixed)
            {
                regionBudget -= SweepMixed(cursor, owner.Id);
            }
        }

        return cursor >= _regions;
    }

    private static ulong FramesOf(PageSize size) => size switch
    {
        PageSize.Size4K => 1,
        PageSize.Size2M => FramesPerRegion,
        _ => FramesPerRegion * RegionsPerGiB,
    };

    private bool IsWholeRegion(ulong frame, ulong end, FrameOwner owner) =>
        frame % FramesPerRegion == 0 && end - frame >= FramesPerRegion && _regionOwner[frame / FramesPerRegion] == owner.Id;

    // Reading 512 owners, and perhaps freeing them, costs far more than a uniform region: a sweep does one mixed region a step.
    private int SweepMixed(int region, ushort owner)
    {
        ulong first = (ulong)region * FramesPerRegion;
        for (ulong frame = first; frame < first + FramesPerRegion && _regionOwner[region] == Mixed; frame++)
        {
            if (_frameOwner[frame] == owner)
            {
                SetOwner(frame, FrameOwner.None.Id);
            }
        }

        return MixedCost;
    }

    private void FreeRegion(int region)
    {
        Count(_regionOwner[region], -FramesPerRegion);
        Count(FrameOwner.None.Id, FramesPerRegion);
        _regionOwner[region] = FrameOwner.None.Id;
        _regionFree[region] = FramesPerRegion;
        _wholeHint = region;
    }

    private ushort OwnerOf(ulong frame)
    {
        ushort owner = _regionOwner[frame / FramesPerRegion];
        return owner == Mixed ? _frameOwner[frame] : owner;
    }

    private void SetOwner(ulong frame, ushort owner)
    {
        int region = (int)(frame / FramesPerRegion);
        ushort old = OwnerOf(frame);
        if (old == owner)
        {
            return;
        }

        if (_regionOwner[region] != Mixed)
        {
            Split(region);
        }

        _frameOwner[frame] = owner;
        Count(old, -1);
        Count(owner, 1);
        if (old == FrameOwner.None.Id)
        {
            _regionFree[region]--;
        }

        if (owner == FrameOwner.None.Id && ++_regionFree[region] == FramesPerRegion)
        {
            _regionOwner[region] = FrameOwner.None.Id; // whole again
        }
    }

    private void Split(int region)
    {
        ulong first = (ulong)region * FramesPerRegion;
        for (ulong frame = first; frame < first + FramesPerRegion; frame++)
        {
            _frameOwner[frame] = _regionOwner[region];
        }

        _regionOwner[region] = Mixed;
    }

    private void Count(ushort owner, int frames)
    {
        if (owner == FrameOwner.None.Id)
        {
            _freeFrames = (ulong)((long)_freeFrames + frames);
        }
        else
        {
            _ownedFrames[owner] = (ulong)((long)_ownedFrames[owner] + frames);
        }
    }

    // Single frames come from mixed regions first, so that whole regions stay whole.
    private bool TryTakeFrame(ushort owner, out ulong number)
    {
        for (int i = 0; i < _regions; i++)
        {
            int region = _mixedHint + i < _regions ? _mixedHint + i : _mixedHint + i - _regions;
            if (_regionOwner[region] == Mixed && _regionFree[region] != 0)
            {
                _mixedHint = region;
                return TakeFirstFree(region, owner, out number);
            }
        }

        // Highest whole region: low memory is kept for what needs it.
        for (int region = _regions - 1; region >= 0; region--)
        {
            if (_regionOwner[region] == FrameOwner.None.Id)
            {
                _mixedHint = region;
                return TakeFirstFree(region, owner, out number);
            }
        }

        number = 0;
        return false;
    }

    private bool TakeFirstFree(int region, ushort owner, out ulong number)
    {
        ulong first = (ulong)region * FramesPerRegion;
        bool isHinted = _freeHint >= first && _freeHint < first + FramesPerRegion;
        number = isHinted ? _freeHint : first;
        for (ulong i = 0; i < FramesPerRegion; i++)
        {
            if (OwnerOf(number) == FrameOwner.None.Id)
            {
                SetOwner(number, owner);
                _freeHint = number + 1;
                return true;
            }

            number = number + 1 < first + FramesPerRegion ? number + 1 : first;
        }

        return false;
    }

    private bool TryTakeRegions(ushort owner, int count, out ulong number)
    {
        int start = count == 1 ? _wholeHint : 0;
        for (int i = 0; i < _regions; i++)
        {
            int region = start + i < _regions ? start + i : start + i - _regions;
            if (region % count == 0 && AreFree(region, count))
            {
                TakeRegions(region, count, owner);
                number = (ulong)region * FramesPerRegion;
                return true;
            }
        }

        number = 0;
        return false;
    }

    private void TakeRegions(int region, int count, ushort owner)
    {
        for (int i = region; i < region + count; i++)
        {
            _regionOwner[i] = owner;
            _regionFree[i] = 0;
        }

        Count(FrameOwner.None.Id, -FramesPerRegion * count);
        Count(owner, FramesPerRegion * count);
        _wholeHint = region + count < _regions ? region + count : 0;
    }

    private bool AreFree(int region, int count)
    {
        if (region + count > _regions)
        {
            return false;
        }

        for (int i = region; i < region + count; i++)
        {
            if (_regionOwner[i] != FrameOwner.None.Id)
            {
                return false;
            }
        }

        return true;
    }
}
