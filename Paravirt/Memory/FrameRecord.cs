using System.Runtime.CompilerServices;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// What is known of one frame of a PV domain, in the 64 bits that <see cref="FrameTable"/> keeps of it and that change by one
/// compare-exchange. References (read-only mappings and the like) and uses as <see cref="Type"/> are counted apart.
/// </summary>
internal readonly struct FrameRecord(ulong raw)
{
    /// <summary>References that a frame can have.</summary>
    public const ulong MaximumReferences = (1UL << TypeCountShift) - 1;

    /// <summary>Uses as its type that a frame can have.</summary>
    public const ulong MaximumTypeCount = (1UL << (TypeShift - TypeCountShift)) - 1;

    /// <summary>Linear entries, in it or to it, that a page table can have.</summary>
    public const int MaximumLinear = 0xFF;

    private const int TypeCountShift = 22;
    private const int TypeShift = 39;
    private const int IndexShift = 46;
    private const int LinearShift = 55;
    private const ulong TypeMask = 7UL << TypeShift;
    private const ulong ValidatedBit = 1UL << 42;
    private const ulong PinnedBit = 1UL << 43;
    private const ulong PartialBit = 1UL << 44;
    private const ulong LeavingBit = 1UL << 45;
    private const ulong IndexMask = 0x1FFUL << IndexShift;
    private const ulong LinearMask = 0xFFUL << LinearShift;
    private const ulong TargetBit = 1UL << 63;
    private const ulong TypeUnit = 1UL << TypeCountShift;
    private const ulong TypeCountMask = MaximumTypeCount << TypeCountShift;
    private const ulong WritableBits = ((ulong)FrameType.Writable << TypeShift) | ValidatedBit;
    private const ulong Level1Bits = ((ulong)FrameType.Level1 << TypeShift) | ValidatedBit;
    private const ulong FreeBits = (ulong)FrameType.Free << TypeShift;
    private const ulong CountsMask = (1UL << TypeShift) - 1;

    /// <summary>The record's bits.</summary>
    public ulong Raw => raw;

    /// <summary>References that are no use as <see cref="Type"/>.</summary>
    public ulong References => raw & MaximumReferences;

    /// <summary>Uses as <see cref="Type"/>.</summary>
    public ulong TypeCount => (raw >> TypeCountShift) & MaximumTypeCount;

    /// <summary>What it is used for.</summary>
    public FrameType Type => (FrameType)((raw >> TypeShift) & 7);

    /// <summary>The content was found good for <see cref="Type"/>; always so for <see cref="FrameType.Writable"/>.</summary>
    public bool IsValidated
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & ValidatedBit) != 0;
    }

    /// <summary>The guest holds a use of it as a page table without any entry that refers to it.</summary>
    public bool IsPinned
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & PinnedBit) != 0;
    }

    /// <summary>A page table whose entries below <see cref="Index"/> are counted, and no others: it cannot be used yet, or no longer.</summary>
    public bool IsPartial
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & PartialBit) != 0;
    }

    /// <summary>Given back by the guest while it was in use; free when the last use ends.</summary>
    public bool IsLeaving
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & LeavingBit) != 0;
    }

    /// <summary>How far a partial page table is counted.</summary>
    public int Index => (int)((raw & IndexMask) >> IndexShift);

    /// <summary>How many linear entries are in this table, or lead to it if <see cref="IsLinearTarget"/>.</summary>
    public int LinearCount => (int)((raw & LinearMask) >> LinearShift);

    /// <summary>True if other tables refer to this one by linear entries; false if it has such entries itself, or neither.</summary>
    public bool IsLinearTarget => (raw & TargetBit) != 0;

    /// <summary>Nothing uses it.</summary>
    public bool IsIdle => (raw & (CountsMask | TypeMask)) == 0;

    /// <summary>A page table of level 1 that is in use.</summary>
    public bool IsLiveLevel1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & (TypeMask | ValidatedBit)) == Level1Bits;
    }

    /// <summary>In use as memory that the guest may write, and may be so once more.</summary>
    public bool TakesWritable
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & (TypeMask | ValidatedBit | LeavingBit)) == WritableBits && (raw & TypeCountMask) != TypeCountMask;
    }

    /// <summary>May be read once more.</summary>
    public bool TakesReference
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & LeavingBit) == 0 && (raw & TypeMask) != FreeBits && (raw & MaximumReferences) != MaximumReferences;
    }

    /// <summary>Used more than once as memory that the guest may write: to end one use changes nothing but the count.</summary>
    public bool IsWritableAgain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (raw & TypeMask) == (WritableBits & TypeMask) && (raw & TypeCountMask) > TypeUnit;
    }

    /// <summary>The record of a free frame.</summary>
    public static FrameRecord Free() => new((ulong)FrameType.Free << TypeShift);

    /// <summary>One reference more; the caller has compared with <see cref="MaximumReferences"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FrameRecord AddReference() => new(raw + 1);

    /// <summary>One reference less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FrameRecord RemoveReference() => new(raw - 1);

    /// <summary>One use as its type more; the caller has compared with <see cref="MaximumTypeCount"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FrameRecord AddType() => new(raw + TypeUnit);

    /// <summary>One use as its type less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FrameRecord RemoveType() => new(raw - TypeUnit);

    /// <summary>Not used as any type: references and <see cref="IsLeaving"/> stay.</summary>
    public FrameRecord WithoutType() => new(raw & (MaximumReferences | LeavingBit));

    /// <summary>Validated as a type and used once as such.</summary>
    public FrameRecord WithType(FrameType type) => new((WithoutType().Raw | ((ulong)type << TypeShift) | ValidatedBit) + TypeUnit);

    /// <summary>A page table whose entries are being counted: until that ends it is neither validated nor partial, and nobody may touch it.</summary>
    public FrameRecord WithCounting(FrameType type) =>
        new((raw & (MaximumReferences | LeavingBit | LinearMask | TargetBit)) | ((ulong)type << TypeShift));

    /// <summary>A page table whose entries below <paramref name="index"/> are counted; used by nobody.</summary>
    public FrameRecord WithPartial(FrameType type, int index) =>
        new(WithCounting(type).Raw | PartialBit | ((ulong)index << IndexShift));

    /// <summary>A page table whose entries all have been counted: validated and used once.</summary>
    public FrameRecord WithAllCounted() => new((raw | ValidatedBit) + TypeUnit);

    /// <summary>Pinned or not.</summary>
    public FrameRecord WithPinned(bool isPinned) => new(isPinned ? raw | PinnedBit : raw & ~PinnedBit);

    /// <summary>Given back.</summary>
    public FrameRecord WithLeaving() => new(raw | LeavingBit);

    /// <summary>With a count of linear entries in it (or to it).</summary>
    public FrameRecord WithLinear(bool isTarget, int count) =>
        new((raw & ~(LinearMask | TargetBit)) | ((ulong)count << LinearShift) | (isTarget && count != 0 ? TargetBit : 0));
}
