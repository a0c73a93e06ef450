using System;
using System.Runtime.CompilerServices;

namespace Multicosm.Domains.Inspection;

/// <summary>What a walk through a guest's page tables met, entry by entry.</summary>
public struct PageWalk
{
    /// <summary>The deepest walk.</summary>
    public const int MaximumSteps = 5;

    private StepList _steps;

    /// <summary>The linear address.</summary>
    public ulong Linear { get; internal set; }

    /// <summary>The paging mode.</summary>
    public PagingMode Mode { get; internal set; }

    /// <summary>How it ended.</summary>
    public PageWalkEnd End { get; internal set; }

    /// <summary>Entries read.</summary>
    public int Count { get; private set; }

    /// <summary>Guest physical address; with <see cref="PageWalkEnd.Mapped"/> only.</summary>
    public ulong Physical { get; internal set; }

    /// <summary>Size of the page in bytes; with <see cref="PageWalkEnd.Mapped"/> only, and 0 without paging.</summary>
    public ulong PageBytes { get; internal set; }

    /// <summary>True if the address is mapped.</summary>
    public readonly bool IsMapped => End == PageWalkEnd.Mapped;

    /// <summary>Entry <paramref name="index"/>, below <see cref="Count"/>, from the top.</summary>
    public readonly PageWalkStep Step(int index) => _steps[index];

    internal void Add(int level, ulong address, ulong value) =>
        _steps[Math.Min(Count++, MaximumSteps - 1)] = new PageWalkStep { Level = level, Address = address, Value = value };

    [InlineArray(MaximumSteps)]
    private struct StepList
    {
        private PageWalkStep _first;
    }
}
