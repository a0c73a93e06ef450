using System.Collections.Generic;

namespace Multicosm.Benchmarks;

/// <summary>One figure. All of its numbers are in one unit, and less is better.</summary>
/// <param name="Name">What was measured: no two rows have the same name.</param>
/// <param name="Ticks">Our figure; in <see cref="Unit"/> where that is not ticks.</param>
public sealed record Row(string Name, decimal Ticks)
{
    /// <summary>The most that the figure may be; null for no goal.</summary>
    public decimal? Goal { get; init; }

    /// <summary>The bare machine's figure in the same run; null if there is none.</summary>
    public ulong? Bare { get; init; }

    /// <summary>KVM's figure; null if there is none.</summary>
    public ulong? Kvm { get; init; }

    /// <summary>Xen's figure; null if there is none.</summary>
    public ulong? Xen { get; init; }

    /// <summary>"percent" or "bytes"; null for ticks.</summary>
    public string? Unit { get; init; }

    /// <summary>What the figure is made of, for people: a line each.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>True if the goal is reached, or there is none.</summary>
    public bool Ok => Goal is null || Ticks <= Goal;

    /// <summary>A figure whose goal is <paramref name="factor"/> times the bare machine's: what lies between two whole numbers is rounded down.</summary>
    public static Row AgainstBare(string name, ulong ticks, decimal factor, ulong bare)
        => new(name, ticks) { Goal = decimal.Floor(factor * bare), Bare = bare };
}
