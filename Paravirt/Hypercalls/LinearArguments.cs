using System;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The guest's memory through its kernel's page tables.</summary>
internal sealed class LinearArguments : GuestArguments
{
    /// <inheritdoc/>
    public override bool TryCopyIn(PvVcpu vcpu, ulong linear, Span<byte> destination) => GuestSpace.TryCopyIn(vcpu, linear, destination);

    /// <inheritdoc/>
    public override bool TryReadUInt32(PvVcpu vcpu, ulong linear, out uint value) => GuestSpace.TryReadUInt32(vcpu, linear, out value);

    /// <inheritdoc/>
    public override bool TryCopyOut(PvVcpu vcpu, ulong linear, ReadOnlySpan<byte> source) => GuestSpace.TryCopyOut(vcpu, linear, source);
}
