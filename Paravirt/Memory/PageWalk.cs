using Multicosm.Machine;

namespace Multicosm.Paravirt.Memory;

/// <summary>Where a guest's page tables lead for one linear address.</summary>
internal readonly struct PageWalk(HostFrame table, int index, PageEntry entry, bool isWritable)
{
    /// <summary>The table with the level-1 entry. It need not be of level 1: a linear entry leads through tables of higher levels.</summary>
    public HostFrame Table => table;

    /// <summary>The entry's number in it.</summary>
    public int Index => index;

    /// <summary>The machine address of the entry.</summary>
    public ulong EntryAddress => (table.Number << 12) + ((ulong)index * sizeof(ulong));

    /// <summary>The level-1 entry, which may be not present.</summary>
    public PageEntry Entry => entry;

    /// <summary>All levels allow writes.</summary>
    public bool IsWritable => isWritable;

    /// <summary>The frame that the address is in, if the entry is present.</summary>
    public HostFrame Frame => new(entry.Claim.Number);
}
