namespace Multicosm.Devices.XenPv.Store;

/// <summary>A node of the store's tree: indices of nodes, 0 for none, and strings of the same area's pool.</summary>
internal struct StoreNode
{
    /// <summary>The node above; 0 at the top.</summary>
    public ushort Parent;

    /// <summary>The oldest child.</summary>
    public ushort FirstChild;

    /// <summary>The next younger child of the same parent. In free nodes the next free one.</summary>
    public ushort NextSibling;

    /// <summary>At the top: nodes of the tree.</summary>
    public ushort Count;

    /// <summary>Its name in its parent.</summary>
    public int Name;

    /// <summary>What it holds.</summary>
    public int Value;

    /// <summary>Who may use it: see <see cref="StorePermissions"/>.</summary>
    public int Permissions;

    /// <summary>Grows with each change of it or its list of children, in the whole area.</summary>
    public ulong Stamp;
}
