using System;
using Multicosm.Domains;
using Multicosm.Domains.Inspection;

namespace Multicosm.Management.Verbs;

/// <summary>Finds domains that stand still, for verbs that look at them.</summary>
internal static class StandingDomain
{
    /// <summary>Takes a snapshot of the domain that <paramref name="word"/> means; says why if that cannot be.</summary>
    public static bool TryTake(ShellContext context, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> word, VcpuSnapshot into, out Domain? domain)
    {
        if (!context.TryFindDomain(verb, word, out domain))
        {
            return false;
        }

        if (!Inspector.CanInspect(domain!))
        {
            context.Terminal.Write(verb);
            context.Terminal.Write(": domain \""u8);
            context.Terminal.Write(domain!.Name);
            context.Terminal.Write("\" is "u8);
            context.Terminal.Write(DomainLifecycle.NameOf(domain.State));
            context.Terminal.WriteLine(domain.State switch
            {
                DomainState.Running or DomainState.Blocked => "; pause it first"u8,
                DomainState.Ended when domain.Crash.IsTaken => ", and its memory is gone; \"crash\" shows what was kept"u8,
                DomainState.Ended => ", and its memory is gone"u8,
                _ => "; try again when it is not"u8,
            });
            return false;
        }

        if (!context.Manager.Inspector.TryTake(domain!, into))
        {
            context.Terminal.Write(verb);
            context.Terminal.WriteLine(": a fault of the hypervisor's own cut it short, so a part is missing"u8);
        }

        return true;
    }
}
