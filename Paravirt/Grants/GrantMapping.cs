namespace Multicosm.Paravirt.Grants;

/// <summary>What a handle stands for: a granted frame that its holder has mapped by one page-table entry of its own, or for devices, or both.</summary>
internal struct GrantMapping
{
    /// <summary>Whose frame it is; null if the handle is free.</summary>
    public PvDomain? Owner;

    /// <summary>Machine address of the page-table entry.</summary>
    public ulong Entry;

    /// <summary>Number of the frame; of a free handle that of the next free one.</summary>
    public ulong Frame;

    /// <summary>The entry of the owner's grant table.</summary>
    public uint Reference;

    /// <summary>Mapped for writing too.</summary>
    public bool IsWritable;

    /// <summary>By the page-table entry <see cref="Entry"/>.</summary>
    public bool IsForHost;

    /// <summary>For devices.</summary>
    public bool IsForDevice;

    /// <summary>The holder names the page-table entry by its machine address, not by the linear address that it maps.</summary>
    public bool IsNamedByEntry;
}
