namespace Multicosm.Domains.Inspection;

/// <summary>One entry that a page walk read.</summary>
public struct PageWalkStep
{
    /// <summary>The level whose table it is in: 1 maps pages of 4 KiB.</summary>
    public int Level;

    /// <summary>Guest physical address of the entry; 0 for those that PAE paging keeps in the processor.</summary>
    public ulong Address;

    /// <summary>The entry.</summary>
    public ulong Value;
}
