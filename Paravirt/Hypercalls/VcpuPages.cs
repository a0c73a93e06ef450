using System;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>What vcpu_op needs of the domain's page types. Needs the domain's page lock.</summary>
internal abstract unsafe class VcpuPages
{
    /// <summary>Takes a writable reference to the domain's frame <paramref name="frame"/>, and gives where it lies for the hypervisor. None; Invalid, NotPermitted or Busy if the guest may not write it; Unfinished.</summary>
    public abstract XenError TakeWritable(PvDomain domain, ulong frame, out byte* page);

    /// <summary>
    /// Gives <paramref name="target"/>, which has never run, its page tables (frames; the user's is 0 if there is none), descriptor table
    /// (<paramref name="gdtEntries"/> entries in <paramref name="gdtFrames"/>) and local descriptor table: all, or on an error none.
    /// </summary>
    public abstract XenError TakeTables(PvVcpu target, ulong kernelFrame, ulong userFrame, ReadOnlySpan<ulong> gdtFrames, uint gdtEntries, ulong ldtAddress, uint ldtEntries);
}
