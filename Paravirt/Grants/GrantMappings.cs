namespace Multicosm.Paravirt.Grants;

/// <summary>
/// The granted frames that a domain has mapped, by handle. Each handle holds a use of the frame beside that of the page-table entry: the
/// owner cannot use the frame otherwise before the holder unmaps it, whatever becomes of the entry. Needs the domain's page lock.
/// </summary>
internal sealed class GrantMappings
{
    /// <summary>Frames that a domain may have mapped at a time.</summary>
    public const int Maximum = 1024;

    private readonly GrantMapping[] _mappings = new GrantMapping[Maximum];
    private int _freeCount;
    private uint _firstFree;
    private uint _lastFound;

    /// <summary>No mapping; allocated with the domain slot.</summary>
    public GrantMappings()
    {
        for (uint handle = Maximum; handle > 0; handle--)
        {
            Free(handle - 1);
        }
    }

    /// <summary>True if no handle is left.</summary>
    public bool IsFull => _freeCount == 0;

    /// <summary>What <paramref name="handle"/> stands for; its owner is null if it stands for nothing.</summary>
    public ref readonly GrantMapping this[uint handle] => ref _mappings[handle];

    /// <summary>True if <paramref name="handle"/>, a guest's number, stands for a mapping.</summary>
    public bool Has(uint handle) => handle < Maximum && _mappings[handle].Owner is not null;

    /// <summary>A handle that stands for a mapping; false if there is none.</summary>
    public bool TryFindUsed(out uint handle)
    {
        for (handle = _lastFound; _freeCount < Maximum; handle = (handle + 1) % Maximum)
        {
            if (Has(handle))
            {
                _lastFound = handle;
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives a mapping a handle; there must be one.</summary>
    public uint Add(in GrantMapping mapping)
    {
        uint handle = _firstFree;
        _firstFree = (uint)_mappings[handle].Frame;
        _freeCount--;
        _mappings[handle] = mapping;
        return handle;
    }

    /// <summary>Notes that one of the two ways in which a handle's frame is mapped has ended; true if none is left.</summary>
    public bool End(uint handle, bool host, bool device)
    {
        ref GrantMapping mapping = ref _mappings[handle];
        mapping.IsForHost &= !host;
        mapping.IsForDevice &= !device;
        return !mapping.IsForHost && !mapping.IsForDevice;
    }

    /// <summary>Frees a handle.</summary>
    public void Free(uint handle)
    {
        _mappings[handle] = new GrantMapping { Frame = _firstFree };
        _firstFree = handle;
        _freeCount++;
    }
}
