namespace Multicosm.Platform.Cpu;

/// <summary>Which measures a processor needs and can take when it turns from one domain to another.</summary>
/// <source>SDM 4, "Architectural MSRs"</source>
public static class MitigationPlan
{
    /// <summary>The branch predictor's barrier (IBPB). No processor says that it needs none.</summary>
    public static MitigationUse BranchBarrier(in MitigationFacts facts) => facts.HasBranchBarrier ? MitigationUse.InUse : MitigationUse.NotThere;

    /// <summary>The flush of the L1 data cache, against L1TF.</summary>
    public static MitigationUse CacheFlush(in MitigationFacts facts) =>
        facts.RespectsPermissions || facts.SkipsCacheFlush ? MitigationUse.NotNeeded : Use(facts.HasCacheFlush);

    /// <summary>
    /// VERW, against MDS, TAA and RFDS. Stale data of MMIO are no reason: no guest reaches a device's registers but through an exit.
    /// </summary>
    public static MitigationUse BufferClear(in MitigationFacts facts)
    {
        bool leaks = !facts.KeepsBuffers || (facts.HasTransactions && !facts.KeepsAborts) || facts.LeaksRegisterFile;
        return leaks ? Use(facts.HasBufferClear) : MitigationUse.NotNeeded;
    }

    private static MitigationUse Use(bool isThere) => isThere ? MitigationUse.InUse : MitigationUse.NotThere;
}
