using System.Runtime.CompilerServices;

namespace Multicosm.Paravirt.Memory;

/// <summary>A page-table entry of a PV guest, as it writes it or as the processor reads it.</summary>
/// <source>SDM 3A, "4-Level Paging"</source>
internal readonly struct PageEntry(ulong raw)
{
    /// <summary>Entries of a table.</summary>
    public const int PerTable = 512;

    /// <summary>The first entry of a level-4 table that is the hypervisor's.</summary>
    public const int FirstHypervisorSlot = 256;

    /// <summary>How many level-4 entries are the hypervisor's.</summary>
    public const int HypervisorSlots = 16;

    /// <summary>The bits that decide what an entry refers to and how it is counted.</summary>
    public const ulong CountedBits = Present | Writable | AddressMask;

    /// <summary>Accessed and dirty.</summary>
    public const ulong AccessedDirty = Accessed | Dirty;

    /// <summary>Bits of the frame's address.</summary>
    public const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong User = 4;
    private const ulong CacheAttributes = 0x18; // write-through, cache disable
    private const ulong Accessed = 0x20;
    private const ulong Dirty = 0x40;
    private const ulong LargeOrAttribute = 0x80; // page size, or the PAT bit of a level-1 entry
    private const ulong Global = 0x100;
    private const int AvailableShift = 9;
    private const ulong AvailableMask = 7;
    private const ulong GuestKernel = 1UL << 52; // available to software
    private const ulong NoExecute = 1UL << 63;

    /// <summary>The entry's bits.</summary>
    public ulong Raw => raw;

    /// <summary>The entry refers to a frame.</summary>
    public bool IsPresent => (raw & Present) != 0;

    /// <summary>The entry refers to a frame that the guest may reach: all of its own entries do, the hypervisor's do not.</summary>
    public bool IsReachable
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & (Present | User)) == (Present | User);
    }

    /// <summary>Writes are allowed by this entry.</summary>
    public bool IsWritable => (raw & Writable) != 0;

    /// <summary>A present level-1 entry without a flag that none may have.</summary>
    public bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & (Present | CacheAttributes | LargeOrAttribute)) == Present;
    }

    /// <summary>The frame that it refers to, as far as the guest says.</summary>
    public ClaimedFrame Claim
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new((raw & AddressMask) >> 12);
    }

    /// <summary>Flags that no entry of this level may have: cache attributes, large pages and, above level 1, G.</summary>
    public bool HasForbiddenFlags(FrameType level) =>
        (raw & (level == FrameType.Level1 ? CacheAttributes | LargeOrAttribute : CacheAttributes | LargeOrAttribute | Global)) != 0;

    /// <summary>
    /// A present entry as it is stored. Guest kernel and user both run in ring 3, so all of it is the user's; what the guest wrote as
    /// a kernel page bears a mark. G is never set: the kernel's and the user's tables are told apart by the load of CR3 alone.
    /// </summary>
    public PageEntry Normalise(FrameType level) => level switch
    {
        FrameType.Level1 => NormalisePlain(),
        FrameType.Level4 => new(raw | User | Accessed),
        _ => new(raw | User),
    };

    /// <summary>A page that another domain has granted, as the guest writes it: <paramref name="available"/> has bits 11:9 in its low ones.</summary>
    public static PageEntry Granted(ulong frame, bool isWritable, bool isUser, ulong available) => new(
        (frame << 12) | Present | Accessed | Dirty | (isWritable ? Writable : 0) | (isUser ? User : 0) | ((available & AvailableMask) << AvailableShift));

    /// <summary><see cref="Normalise"/> for level 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PageEntry NormalisePlain() => new(((raw & User) == 0 ? raw | User | GuestKernel : raw) & ~Global);

    /// <summary>A table of the hypervisor's that the guest may read through.</summary>
    public static PageEntry ReadableTable(ulong frame) => new((frame << 12) | Present | User | Accessed);

    /// <summary>A page of the hypervisor's that the guest may read.</summary>
    public static PageEntry ReadablePage(ulong frame) => new((frame << 12) | Present | User | Accessed | NoExecute);
}
