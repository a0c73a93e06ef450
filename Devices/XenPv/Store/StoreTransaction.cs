using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>
/// A transaction of a guest. It works on copies of the areas that it changes, and remembers how far each area was when it first looked at
/// it. If one has gone on meanwhile, the end is refused; else the copies take the place of the trees.
/// </summary>
internal sealed class StoreTransaction(BlobPool strings)
{
    /// <summary>Areas that one may use: its own, the rest of the store, two more.</summary>
    private const int MaximumAreas = 4;

    /// <summary>Changes of which watchers are told at the end.</summary>
    private const int MaximumChanges = 64;

    private readonly StoreArea?[] _areas = new StoreArea?[MaximumAreas];
    private readonly ulong[] _generations = new ulong[MaximumAreas];
    private readonly uint[] _epochs = new uint[MaximumAreas];
    private readonly ushort[] _copies = new ushort[MaximumAreas];
    private readonly int[] _paths = new int[MaximumChanges];
    private readonly bool[] _areRemovals = new bool[MaximumChanges];
    private int _areaCount;

    /// <summary>Its number; 0 if it is not under way.</summary>
    public uint Id { get; private set; }

    /// <summary>Changes made.</summary>
    public int ChangeCount { get; private set; }

    /// <summary>Begins as <paramref name="id"/>.</summary>
    public void Begin(uint id) => Id = id;

    /// <summary>Gives the tree to look at in <paramref name="area"/>; false if it would be one area too many.</summary>
    public bool TryGetRoot(StoreArea area, out ushort root)
    {
        root = 0;
        int index = IndexOf(area);
        if (index < 0)
        {
            return false;
        }

        root = _copies[index] != 0 && _epochs[index] == area.Epoch ? _copies[index] : area.Root;
        return true;
    }

    /// <summary>Gives the copy of <paramref name="area"/> to change, made now if there is none; false if there is no room, or the area is new.</summary>
    public bool TryGetCopy(StoreArea area, out ushort root)
    {
        root = 0;
        int index = IndexOf(area);
        if (index < 0 || _epochs[index] != area.Epoch)
        {
            return false;
        }

        if (_copies[index] == 0)
        {
            _copies[index] = area.Copy();
        }

        root = _copies[index];
        return root != 0;
    }

    /// <summary>Remembers a change; false if there is no room: then it must not be made.</summary>
    public bool TryNote(ReadOnlySpan<byte> path, bool isRemoval)
    {
        if (ChangeCount == MaximumChanges || !strings.TryAdd(path, out int blob))
        {
            return false;
        }

        _paths[ChangeCount] = blob;
        _areRemovals[ChangeCount] = isRemoval;
        ChangeCount++;
        return true;
    }

    /// <summary>Gives change <paramref name="index"/>: its path, of the returned length, in <paramref name="path"/>.</summary>
    public int Change(int index, Span<byte> path, out bool isRemoval)
    {
        isRemoval = _areRemovals[index];
        return strings.CopyTo(_paths[index], path);
    }

    /// <summary>Makes the changes visible; false, with nothing changed, if an area that was used has changed.</summary>
    public bool TryCommit()
    {
        for (int i = 0; i < _areaCount; i++)
        {
            if (_areas[i]!.Generation != _generations[i])
            {
                return false;
            }
        }

        for (int i = 0; i < _areaCount; i++)
        {
            if (_copies[i] != 0)
            {
                _areas[i]!.Publish(_copies[i]);
                _copies[i] = 0;
            }
        }

        return true;
    }

    /// <summary>Ends it: what was not committed is gone.</summary>
    public void End()
    {
        for (int i = 0; i < _areaCount; i++)
        {
            if (_copies[i] != 0 && _epochs[i] == _areas[i]!.Epoch)
            {
                _areas[i]!.Discard(_copies[i]);
            }

            _copies[i] = 0;
            _areas[i] = null;
        }

        for (int i = 0; i < ChangeCount; i++)
        {
            strings.Release(_paths[i]);
        }

        _areaCount = 0;
        ChangeCount = 0;
        Id = 0;
    }

    private int IndexOf(StoreArea area)
    {
        int index = 0;
        while (index < _areaCount && _areas[index] != area)
        {
            index++;
        }

        if (index == MaximumAreas)
        {
            return -1;
        }

        if (index == _areaCount)
        {
            _areas[index] = area;
            _generations[index] = area.Generation;
            _epochs[index] = area.Epoch;
            _areaCount++;
        }

        return index;
    }
}
