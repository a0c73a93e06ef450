using System;
using Multicosm.Machine;

namespace Multicosm.Platform.Cpu;

/// <summary>
/// Keeps what one domain left in this processor from the next one. All of it happens when a vCPU is attached, not at each entry: between two
/// attachments only one domain's guest runs, and the host reads that domain's memory and its own state, of which the operator's line and the
/// consoles' text are the only data that came from elsewhere; there are no keys, and no other domain's memory is touched without a detachment.
/// </summary>
/// <source>SDM 4, "Architectural MSRs"</source>
public sealed unsafe class Mitigations
{
    private const uint ArchCapabilities = 0x10A;
    private const uint PredictorCommand = 0x49;
    private const uint FlushCommand = 0x10B;
    private const ulong Barrier = 1;
    private const ulong FlushData = 1;

    private readonly MitigationUse _branchBarrier;
    private readonly MitigationUse _cacheFlush;
    private readonly MitigationUse _bufferClear;
    private readonly bool _skipsFlush;

    /// <summary>Asks this processor.</summary>
    public Mitigations()
    {
        CpuidResult leaf = HostCpuid.Read(0, 0).Eax >= 7 ? HostCpuid.Read(7, 0) : default;
        ulong capabilities = 0;
        if ((leaf.Edx & MitigationFacts.HasCapabilities) != 0)
        {
            _ = CpuInstructions.TryReadMsr(ArchCapabilities, &capabilities); // where it fails none is promised
        }

        MitigationFacts facts = new(leaf.Ebx, leaf.Edx, capabilities);
        _branchBarrier = MitigationPlan.BranchBarrier(in facts);
        _cacheFlush = MitigationPlan.CacheFlush(in facts);
        _bufferClear = MitigationPlan.BufferClear(in facts);
        LeaksThroughNotPresent = !facts.RespectsPermissions;
        _skipsFlush = !facts.RespectsPermissions;
    }

    /// <summary>True if the CPU may read cached memory through page-table entries that are not present.</summary>
    public bool LeaksThroughNotPresent { get; }

    /// <summary>True if this CPU's buffers hold what ring 3 may find, and can be cleared.</summary>
    public bool ClearsBuffers => _bufferClear == MitigationUse.InUse;

    /// <summary>A vCPU was attached; <paramref name="isOtherDomain"/> unless this processor ran the same domain last.</summary>
    public void OnAttach(bool isOtherDomain)
    {
        // The predictor holds a guest's branches and the host's, no data: it matters between domains only.
        if (isOtherDomain && _branchBarrier == MitigationUse.InUse)
        {
            CpuInstructions.WriteMsr(PredictorCommand, Barrier);
        }

        if (_cacheFlush == MitigationUse.InUse)
        {
            CpuInstructions.WriteMsr(FlushCommand, FlushData);
        }

        if (_bufferClear == MitigationUse.InUse)
        {
            CpuInstructions.ClearBuffers();
        }
    }

    /// <summary>A "NAME: USE, WHY" line for each measure.</summary>
    public void Write(TextOutput output)
    {
        Line(output, "branch predictor barrier (IBPB)"u8, _branchBarrier, ""u8);
        Line(output, "L1 data cache flush"u8, _cacheFlush, _skipsFlush ? "the CPU says SKIP_L1DFL_VMENTRY"u8 : "the CPU says RDCL_NO"u8);
        Line(output, "buffer clearing (VERW)"u8, _bufferClear, "the CPU says MDS_NO, and TAA_NO where it has transactions"u8);
        Line(output, "sibling threads' predictor (STIBP)"u8, MitigationUse.NotNeeded, "guests run on one logical processor, whose siblings are never started"u8);
    }

    private static void Line(TextOutput output, ReadOnlySpan<byte> name, MitigationUse use, ReadOnlySpan<byte> whyNotNeeded)
    {
        output.Write(name);
        output.Write(use switch
        {
            MitigationUse.InUse => ": in use, between domains"u8,
            MitigationUse.NotNeeded => ": not needed, "u8,
            _ => ": not there, neither in this CPU nor in its microcode"u8,
        });
        output.WriteLine(use == MitigationUse.NotNeeded ? whyNotNeeded : ""u8);
    }
}
