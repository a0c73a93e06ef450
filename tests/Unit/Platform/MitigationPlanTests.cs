using FsCheck.Xunit;
using Multicosm.Platform.Cpu;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>Which measures a processor gets, for what CPUID leaf 7 and IA32_ARCH_CAPABILITIES say (SDM 4, "Architectural MSRs").</summary>
public sealed class MitigationPlanTests
{
    private const uint Rtm = 1u << 11;
    private const uint MdClear = 1u << 10;
    private const uint Ibpb = 1u << 26;
    private const uint FlushCommand = 1u << 28;
    private const ulong RdclNo = 1 << 0;
    private const ulong SkipFlush = 1 << 3;
    private const ulong MdsNo = 1 << 5;
    private const ulong TaaNo = 1 << 8;
    private const ulong RfdsClear = 1 << 28;

    [Theory]
    [InlineData(0u, MitigationUse.NotThere)]
    [InlineData(Ibpb, MitigationUse.InUse)]
    [InlineData(~Ibpb, MitigationUse.NotThere)]
    public void The_barrier_is_used_wherever_it_is(uint edx, MitigationUse expected)
        => Assert.Equal(expected, MitigationPlan.BranchBarrier(new MitigationFacts(0, edx, ulong.MaxValue)));

    [Theory]
    [InlineData(0u, 0, MitigationUse.NotThere)]
    [InlineData(FlushCommand, 0, MitigationUse.InUse)]
    [InlineData(FlushCommand, RdclNo, MitigationUse.NotNeeded)]
    [InlineData(FlushCommand, SkipFlush, MitigationUse.NotNeeded)]
    [InlineData(0u, RdclNo, MitigationUse.NotNeeded)]
    [InlineData(0u, SkipFlush | RdclNo, MitigationUse.NotNeeded)]
    [InlineData(FlushCommand, MdsNo | TaaNo | RfdsClear, MitigationUse.InUse)]
    public void The_cache_is_flushed_unless_the_processor_respects_permissions(uint edx, ulong capabilities, MitigationUse expected)
        => Assert.Equal(expected, MitigationPlan.CacheFlush(new MitigationFacts(0, edx, capabilities)));

    [Theory]
    [InlineData(0u, 0u, 0, MitigationUse.NotThere)]
    [InlineData(0u, MdClear, 0, MitigationUse.InUse)]
    [InlineData(0u, MdClear, MdsNo, MitigationUse.NotNeeded)]
    [InlineData(0u, 0u, MdsNo, MitigationUse.NotNeeded)]
    [InlineData(Rtm, MdClear, MdsNo, MitigationUse.InUse)] // TAA: the aborts still leak
    [InlineData(Rtm, 0u, MdsNo, MitigationUse.NotThere)]
    [InlineData(Rtm, MdClear, MdsNo | TaaNo, MitigationUse.NotNeeded)]
    [InlineData(0u, MdClear, MdsNo | TaaNo | RfdsClear, MitigationUse.InUse)]
    [InlineData(0u, 0u, MdsNo | RfdsClear, MitigationUse.NotThere)]
    [InlineData(Rtm, MdClear, RdclNo | TaaNo, MitigationUse.InUse)]
    public void Buffers_are_cleared_where_they_leak(uint ebx, uint edx, ulong capabilities, MitigationUse expected)
        => Assert.Equal(expected, MitigationPlan.BufferClear(new MitigationFacts(ebx, edx, capabilities)));

    [Property]
    public void What_is_not_there_is_never_used(uint ebx, uint edx, ulong capabilities)
    {
        MitigationFacts none = new(ebx, edx & ~(Ibpb | FlushCommand | MdClear), capabilities);
        Assert.NotEqual(MitigationUse.InUse, MitigationPlan.BranchBarrier(none));
        Assert.NotEqual(MitigationUse.InUse, MitigationPlan.CacheFlush(none));
        Assert.NotEqual(MitigationUse.InUse, MitigationPlan.BufferClear(none));

        // A promise more never takes a measure into use that would not be without it, but for the leak that RFDS_CLEAR names.
        MitigationFacts promised = new(ebx, edx, capabilities | RdclNo | MdsNo | TaaNo);
        Assert.NotEqual(MitigationUse.InUse, MitigationPlan.CacheFlush(promised));
        Assert.Equal((capabilities & RfdsClear) != 0, MitigationPlan.BufferClear(promised) != MitigationUse.NotNeeded);
    }
}
