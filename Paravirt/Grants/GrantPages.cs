using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Grants;

/// <summary>What grants need of a domain's page types. Needs the domain's page lock.</summary>
internal abstract unsafe class GrantPages
{
    /// <summary>What is left to be done of the domain's earlier hypercalls: None once nothing is; Unfinished.</summary>
    public abstract XenError Begin(PvDomain domain);

    /// <summary>
    /// Takes a reference to frame <paramref name="frame"/> of <paramref name="domain"/>, a writable one if <paramref name="isWrite"/>, and
    /// gives where it lies for the hypervisor; false if the domain has no such frame or may not write it.
    /// </summary>
    public abstract bool TryTake(PvDomain domain, ulong frame, bool isWrite, out byte* page);

    /// <summary>Gives such a reference back.</summary>
    public abstract void Put(PvDomain domain, ulong frame, bool isWrite);
}
