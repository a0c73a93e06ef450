using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>Where a path leads in the store.</summary>
internal ref struct StorePlace
{
    /// <summary>The area.</summary>
    public StoreArea Area;

    /// <summary>The top of the tree that is meant.</summary>
    public ushort Root;

    /// <summary>The deepest node of the path that is there.</summary>
    public ushort Node;

    /// <summary>The part of the path in the area.</summary>
    public ReadOnlySpan<byte> Path;

    /// <summary>The part of the path that is not there.</summary>
    public ReadOnlySpan<byte> Missing;
}
