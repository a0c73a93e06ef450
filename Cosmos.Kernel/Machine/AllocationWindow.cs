namespace Multicosm.Machine;

/// <summary>Opens the sealed arena for the one step in which a new domain slot's objects are made.</summary>
public abstract class AllocationWindow
{
    /// <summary>Allows allocation; not inside a containment frame.</summary>
    public abstract void Open();

    /// <summary>Forbids it again: from now on an allocation is a fault.</summary>
    public abstract void Seal();

    /// <summary>Bytes of the arena in use.</summary>
    public abstract ulong UsedBytes { get; }

    /// <summary>Bytes that can still be allocated; the maximum if nobody counts them.</summary>
    public virtual ulong FreeBytes => ulong.MaxValue;
}
