using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>What is shown of a single virtual processor.</summary>
internal static class VcpuFigures
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Processors of <paramref name="domain"/> that there are rows for.</summary>
    public static int CountOf(Domain domain) => Math.Min(domain.VcpuCount, domain.Vcpus.Count);

    /// <summary>The domain's state; of a running domain's processors those that wait are blocked and those that were not switched on are offline.</summary>
    public static ReadOnlySpan<byte> StateOf(Domain domain, Vcpu vcpu)
    {
        bool isOwn = domain.IsParavirtual && domain.State is DomainState.Running or DomainState.Blocked;
        return !isOwn ? DomainLifecycle.NameOf(domain.State)
            : !vcpu.Backend.IsOnline ? "offline"u8
            : DomainLifecycle.NameOf(vcpu.Backend.IsRunnable ? DomainState.Running : DomainState.Blocked);
    }

    /// <summary>Ticks that it has run: under hardware virtualization the domain's, building included.</summary>
    public static ulong TicksOf(Domain domain, Vcpu vcpu, MonotonicClock clock)
    {
        if (!domain.IsParavirtual)
        {
            return domain.CpuTicks;
        }

        return domain.StartedTicks == 0 ? 0 : (ulong)((UInt128)vcpu.Backend.RunNanoseconds * clock.TicksPerSecond / NanosecondsPerSecond);
    }
}
