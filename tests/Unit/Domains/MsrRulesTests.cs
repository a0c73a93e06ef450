using System.Linq;
using Multicosm.Domains.Policy;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class MsrRulesTests
{
    private readonly MsrTable _table = new(MsrRules.Rows);
    private readonly CpuidTable _cpuid = new();

    public MsrRulesTests()
    {
        Set(0, new CpuidResult { Eax = 0xD });
        Set(7, new CpuidResult { Ebx = 1 << 1 }); // TSC_ADJUST
        Set(0x80000000, new CpuidResult { Eax = 0x80000008 });
        Set(0x80000008, new CpuidResult { Eax = 0x3028 }); // 40 physical bits
        _cpuid.Complete();
        MsrRules.Fill(_table, _cpuid, hasFastStrings: true, ignoresUnknown: false);
    }

    [Fact]
    public void Rows_are_sorted_without_repeats_and_each_is_found()
    {
        uint[] indices = [.. MsrRules.Rows.Select(row => row.Index)];
        Assert.Equal(indices.Distinct().Order(), indices);
        Assert.All(indices, index => Assert.True(_table.Find(index) >= 0));
    }

    [Theory]
    [InlineData(0x1B)]
    [InlineData(0x6E0)]
    public void The_local_APIC_answers(uint index)
    {
        MsrRule rule = Rule(index);
        Assert.Equal((MsrPolicy.Apic, MsrPolicy.Apic), (rule.Read, rule.Write));
    }

    [Theory]
    [InlineData(0x10)]
    [InlineData(0x3B)]
    [InlineData(0x174)]
    [InlineData(0x277)]
    [InlineData(0xC0000080)]
    [InlineData(0xC0000082)]
    [InlineData(0xC0000102)]
    [InlineData(0xC0000103)]
    public void The_backend_answers(uint index) => Assert.Equal(MsrPolicy.Backend, Rule(index).Read);

    [Theory]
    [InlineData(0x480)] // VMX capabilities
    [InlineData(0x10A)] // ARCH_CAPABILITIES
    [InlineData(0x48)] // SPEC_CTRL
    [InlineData(0x1F2)] // SMRR
    [InlineData(0x800)] // x2APIC, which needs no row
    [InlineData(0x17B)] // MCG_CTL, which IA32_MCG_CAP does not show
    [InlineData(0x410)] // a fifth bank
    [InlineData(0x210)] // a ninth MTRR
    [InlineData(0xC0010015)] // AMD's
    public void Others_do_not_exist(uint index) => Assert.Equal(-1, _table.Find(index));

    [Fact]
    public void Memory_types_are_as_firmware_leaves_them()
    {
        Assert.Equal(0x508UL, Value(0xFE));
        Assert.Equal(0xC06UL, Value(0x2FF));
        Assert.Equal(0xC0000000UL, Value(0x200));
        Assert.Equal(0xFFC0000800UL, Value(0x201)); // 1 GiB of 40 bits, valid
        Assert.Equal(0UL, Value(0x203));
        Assert.Equal(0x0606060606060606UL, Value(0x250));
        Assert.Equal(0UL, Value(0x259));
        Assert.Equal(8, MsrRules.Rows.Count(row => row.Index is >= 0x268 and <= 0x26F));
    }

    [Fact]
    public void A_guest_changes_what_is_its_own_and_faults_on_reserved_bits()
    {
        Assert.True(_table.TryStore(_table.Find(0x2FF), 0xC00));
        Assert.False(_table.TryStore(_table.Find(0x2FF), 0x1000));
        Assert.True(_table.TryStore(_table.Find(0x202), 0x12345006));
        Assert.False(_table.TryStore(_table.Find(0x202), 0x100));
        Assert.False(_table.TryStore(_table.Find(0x17A), 8));
        Assert.True(_table.TryStore(_table.Find(0x1A0), 0x1801 | (1 << 18)));
        Assert.False(_table.TryStore(_table.Find(0x1A0), 1)); // BTS and PEBS stay away
        Assert.False(_table.TryStore(_table.Find(0x1A0), 0x1801 | (1 << 9)));
    }

    [Theory]
    [InlineData(0x200, 0x12345002UL)] // type 2
    [InlineData(0x200, 0x12345007UL)] // type 7
    [InlineData(0x200, 0x10012345006UL)] // bit 40 of 40
    [InlineData(0x201, 0x10012345800UL)]
    [InlineData(0x201, 0x12345C00UL)] // bit 10
    [InlineData(0x250, 0x0602060606060606UL)]
    [InlineData(0x26F, 0x03UL)]
    [InlineData(0x2FF, 0xC02UL)]
    [InlineData(0x400, 0x55UL)]
    [InlineData(0x401, 1UL)]
    [InlineData(0x1D9, 4UL)]
    public void Values_that_are_not_legal_fault(uint index, ulong value)
    {
        ulong old = Value(index);
        Assert.False(_table.TryStore(_table.Find(index), value));
        Assert.Equal(old, Value(index));
    }

    [Theory]
    [InlineData(0x201, 0xFF12345800UL)]
    [InlineData(0x250, 0x0001040506000104UL)]
    [InlineData(0x400, ulong.MaxValue)]
    [InlineData(0x400, 0UL)]
    [InlineData(0x401, 0UL)]
    [InlineData(0x402, 0x123UL)]
    public void Values_that_are_legal_are_kept(uint index, ulong value)
    {
        Assert.True(_table.TryStore(_table.Find(index), value));
        Assert.Equal(value, Value(index));
    }

    [Fact]
    public void TSC_ADJUST_is_there_only_if_CPUID_shows_it()
    {
        Assert.True(_table.Find(0x3B) >= 0);
        Set(7, default);
        MsrRules.Fill(_table, _cpuid, hasFastStrings: true, ignoresUnknown: false);
        Assert.Equal(-1, _table.Find(0x3B));
    }

    [Fact]
    public void Unknown_registers_are_told_once_each_up_to_a_limit()
    {
        MsrRules.Fill(_table, _cpuid, hasFastStrings: true, ignoresUnknown: true);
        Assert.True(_table.Unknown.AreIgnored);
        for (uint i = 0; i < 100; i++)
        {
            _table.Unknown.Note(0x1000);
            _table.Unknown.Note(0x2000 + i);
        }

        Assert.True(_table.Unknown.TryTake(out uint index));
        Assert.Equal(0x1000u, index);
        int count = 1;
        while (_table.Unknown.TryTake(out index))
        {
            count++;
        }

        Assert.Equal(UnknownMsrs.Capacity, count);
        Assert.False(_table.Unknown.HasNew);
        MsrRules.Fill(_table, _cpuid, hasFastStrings: true, ignoresUnknown: false);
        Assert.False(_table.Unknown.AreIgnored);
    }

    [Theory]
    [InlineData(true, 0x1801)]
    [InlineData(false, 0x1800)]
    public void Fast_strings_are_the_CPUs_own(bool hasFastStrings, ulong expected)
    {
        MsrRules.Fill(_table, _cpuid, hasFastStrings, ignoresUnknown: false);
        Assert.Equal(expected, Value(0x1A0));
    }

    [Fact]
    public void VMX_is_locked_off_and_there_are_four_machine_check_banks()
    {
        Assert.Equal(1UL, Value(0x3A));
        Assert.Equal(MsrPolicy.Fault, Rule(0x3A).Write);
        Assert.Equal(4UL, Value(0x179));
    }

    [Fact]
    public void Filling_again_restores_what_a_guest_changed()
    {
        Assert.True(_table.TryStore(_table.Find(0x200), 0));
        MsrRules.Fill(_table, _cpuid, hasFastStrings: true, ignoresUnknown: false);
        Assert.Equal(0xC0000000UL, Value(0x200));
    }

    private void Set(uint leaf, CpuidResult result) => Assert.True(_cpuid.TrySet(leaf, 0, in result));

    private MsrRule Rule(uint index) => MsrRules.Rows.Single(row => row.Index == index);

    private ulong Value(uint index) => _table.Value(_table.Find(index));
}
