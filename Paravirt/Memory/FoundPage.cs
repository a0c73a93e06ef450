namespace Multicosm.Paravirt.Memory;

/// <summary>A page of a guest's address space that was found, by which table and when: see <see cref="GuestSpace"/>.</summary>
internal unsafe struct FoundPage
{
    /// <summary>Linear address of the page; 1, which is none, if there is no such page.</summary>
    public ulong Linear;

    /// <summary>The level-4 table that led there.</summary>
    public ulong Table;

    /// <summary><see cref="PageTypes.Changes"/> when it was found.</summary>
    public ulong Changes;

    /// <summary>The level-1 entry that led there.</summary>
    public ulong* Entry;

    /// <summary>What it was, with accessed and dirty set.</summary>
    public ulong Raw;

    /// <summary>Where its first byte lies for the hypervisor.</summary>
    public byte* Start;

    /// <summary>It may be written, and is marked dirty.</summary>
    public bool IsWritable;
}
