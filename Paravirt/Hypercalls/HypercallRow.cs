using System;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>What is known of a hypercall.</summary>
internal readonly ref struct HypercallRow(ReadOnlySpan<byte> name, HypercallLock takes, bool isAnswered)
{
    /// <summary>Its name in the ABI; empty for a number without one.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The lock that it takes.</summary>
    public HypercallLock Takes { get; } = takes;

    /// <summary>True if the dispatcher has a case for it.</summary>
    public bool IsAnswered { get; } = isAnswered;
}
