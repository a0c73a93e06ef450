using System.Linq;
using Multicosm.Domains.Policy;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class MsrRulesTests
{
    private readonly MsrTable _table = new(MsrRules.Rows);
    private readonly FakeCpuid _cpuid = new();

    public MsrRulesTests()
    {
        _cpuid.Leaves[(0x80000008, 0)] = new CpuidResult { Eax = 0x3028 }; // 40 physical bits
        MsrRules.Fill(_table, _cpuid, hasFastStrings: true);
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
    [InlineData(0x800)]
    [InlineData(0x83F)]
    public void The_local_APIC_answers(uint index)
    {
        MsrRule rule = Rule(index);
        Assert.Equal((MsrPolicy.Device, MsrPolicy.Device), (rule.Read, rule.Write));
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
    [InlineData(0x840)] // behind x2APIC
    [InlineData(0xDA0)] // XSS
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
        Assert.False(_table.TryStore(_table.Find(0x1A0), 0x1801 | (1 << 18)));
    }

    [Theory]
    [InlineData(true, 0x1801)]
    [InlineData(false, 0x1800)]
    public void Fast_strings_are_the_CPUs_own(bool hasFastStrings, ulong expected)
    {
        MsrRules.Fill(_table, _cpuid, hasFastStrings);
        Assert.Equal(expected, Value(0x1A0));
    }

    [Fact]
    public void VMX_is_locked_off_and_there_are_no_machine_check_banks()
    {
        Assert.Equal(1UL, Value(0x3A));
        Assert.Equal(MsrPolicy.Fault, Rule(0x3A).Write);
        Assert.Equal(0UL, Value(0x179) & 0xFF);
    }

    [Fact]
    public void Filling_again_restores_what_a_guest_changed()
    {
        Assert.True(_table.TryStore(_table.Find(0x200), 0));
        MsrRules.Fill(_table, _cpuid, hasFastStrings: true);
        Assert.Equal(0xC0000000UL, Value(0x200));
    }

    private MsrRule Rule(uint index) => MsrRules.Rows.Single(row => row.Index == index);

    private ulong Value(uint index) => _table.Value(_table.Find(index));
}
