using System;
using System.Linq;
using System.Text;
using Multicosm.Domains.Policy;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class CpuidPolicyTests
{
    private readonly CpuidTable _table = new();

    public CpuidPolicyTests() => CpuidPolicy.Fill(_table, new EverythingCpu(), 0, true, CpuModel.Host);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fast_strings_are_shown_only_where_they_are_switched_on(bool hasFastStrings)
    {
        CpuidPolicy.Fill(_table, new EverythingCpu(), 0, hasFastStrings, CpuModel.Host);
        Assert.Equal(hasFastStrings, (_table.Lookup(7, 0).Ebx & (1 << 9)) != 0);
        Assert.Equal(hasFastStrings, (_table.Lookup(7, 0).Edx & (1 << 4)) != 0);
        Assert.NotEqual(0u, _table.Lookup(7, 0).Ebx & (1 << 3)); // BMI1 has nothing to do with it
    }

    [Fact]
    public void Rows_are_sorted_and_without_repeats_and_fit_the_table()
    {
        CpuidRule[] rows = CpuidRules.Rows.ToArray();
        (uint, uint, byte)[] keys = [.. rows.Select(row => (row.Leaf, row.Subleaf, (byte)row.Register))];
        Assert.Equal(keys.Order(), keys);
        Assert.Equal(keys.Distinct().Count(), keys.Length);
        CpuidTable table = new();
        Assert.All(rows, row => Assert.True(table.TrySet(row.Leaf, row.Subleaf, default)));
    }

    [Theory]
    [InlineData(2, "DTES64")]
    [InlineData(3, "MONITOR")]
    [InlineData(4, "DS-CPL")]
    [InlineData(5, "VMX")]
    [InlineData(6, "SMX")]
    [InlineData(7, "EST")]
    [InlineData(8, "TM2")]
    [InlineData(10, "CNXT-ID")]
    [InlineData(15, "PDCM")]
    [InlineData(27, "OSXSAVE, which follows CR4")]
    public void Leaf_1_ECX_hides(int bit, string what) => Assert.True((_table.Lookup(1, 0).Ecx & (1u << bit)) == 0, what);

    [Theory]
    [InlineData(17, "PCID")]
    [InlineData(21, "x2APIC")]
    [InlineData(24, "TSC deadline")]
    [InlineData(26, "XSAVE")]
    [InlineData(28, "AVX")]
    [InlineData(31, "hypervisor")]
    public void Leaf_1_ECX_shows(int bit, string what) => Assert.True((_table.Lookup(1, 0).Ecx & (1u << bit)) != 0, what);

    [Theory]
    [InlineData(18)]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(28)]
    [InlineData(29)]
    [InlineData(31)]
    public void Leaf_1_EDX_hides_debug_store_thermal_and_multithreading(int bit) => Assert.Equal(0u, _table.Lookup(1, 0).Edx & (1u << bit));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(25)]
    [InlineData(31)]
    public void Leaf_7_hides_SGX_TSX_RDT_MPX_PT_and_AVX512(int bit) => Assert.Equal(0u, _table.Lookup(7, 0).Ebx & (1u << bit));

    [Fact]
    public void Leaf_7_shows_INVPCID_only_if_the_processor_has_it()
    {
        Assert.NotEqual(0u, _table.Lookup(7, 0).Ebx & (1u << 10));
        CpuidTable bare = new();
        CpuidPolicy.Fill(bare, new FakeCpuid(), 0, true, CpuModel.Host);
        Assert.Equal(0u, bare.Lookup(7, 0).Ebx);
        Assert.Equal(0u, _table.Lookup(7, 0).Ecx & ((1u << 4) | (1u << 5) | (1u << 7) | (1u << 16)));
        Assert.Equal(0u, _table.Lookup(7, 0).Edx & ((1u << 26) | (1u << 27) | (1u << 29) | (1u << 31)));
    }

    [Fact]
    public void One_processor_one_core_one_thread()
    {
        Assert.Equal(1u, (_table.Lookup(1, 0).Ebx >> 16) & 0xFF);
        Assert.Equal(0u, _table.Lookup(4, 0).Eax >> 14);
        Assert.Equal(1u, _table.Lookup(0xB, 0).Ebx);
        Assert.Equal(0x100u, _table.Lookup(0xB, 0).Ecx);
        Assert.Equal(0x201u, _table.Lookup(0xB, 1).Ecx);
        Assert.Equal(0u, _table.Lookup(0xB, 2).Ebx);
    }

    [Fact]
    public void The_APIC_id_is_in_both_places()
    {
        CpuidPolicy.Fill(_table, new EverythingCpu(), 3, true, CpuModel.Host);
        Assert.Equal(3u, _table.Lookup(1, 0).Ebx >> 24);
        Assert.Equal(3u, _table.Lookup(0xB, 0).Edx);
    }

    [Fact]
    public void Power_performance_and_frequency_leaves_are_empty_but_for_ARAT()
    {
        Assert.Equal(4u, _table.Lookup(6, 0).Eax);
        Assert.Equal(0u, _table.Lookup(5, 0).Eax | _table.Lookup(0xA, 0).Eax | _table.Lookup(0x15, 0).Eax | _table.Lookup(0x16, 0).Eax | _table.Lookup(6, 0).Ecx);
        Assert.Equal(0x1Fu, _table.Lookup(0, 0).Eax);
    }

    [Fact]
    public void XSAVE_is_x87_SSE_AVX_and_PKRU_and_no_more()
    {
        Assert.Equal(0x207u, _table.Lookup(0xD, 0).Eax);
        CpuidResult last = _table.Lookup(0xD, 9);
        Assert.Equal(unchecked(last.Ebx + last.Eax), _table.Lookup(0xD, 0).Ecx);
        Assert.Equal(0u, _table.Lookup(0xD, 0).Edx);
        Assert.Equal(15u, _table.Lookup(0xD, 1).Eax); // XSAVEOPT, XSAVEC, XGETBV 1, XSAVES
        for (uint subleaf = 3; subleaf < 16; subleaf++)
        {
            Assert.Equal(subleaf == 9, _table.Lookup(0xD, subleaf).Eax != 0);
        }
    }

    [Fact]
    public void The_hypervisor_names_itself()
    {
        CpuidResult result = _table.Lookup(0x40000000, 0);
        byte[] name = new byte[12];
        System.BitConverter.TryWriteBytes(name, result.Ebx);
        System.BitConverter.TryWriteBytes(name.AsSpan(4), result.Ecx);
        System.BitConverter.TryWriteBytes(name.AsSpan(8), result.Edx);
        Assert.Equal("Multicosm HV", Encoding.ASCII.GetString(name));
        Assert.Equal(0x40000001u, result.Eax);
    }

    [Fact]
    public void Extended_leaves_hide_SVM_and_limit_addresses_to_48_linear_bits()
    {
        Assert.Equal(0x80000008u, _table.Lookup(0x80000000, 0).Eax);
        Assert.Equal(0u, _table.Lookup(0x80000001, 0).Ecx & 4);
        Assert.Equal((48u << 8) | 0xFFu, _table.Lookup(0x80000008, 0).Eax);
        Assert.Equal(0x100u, _table.Lookup(0x80000007, 0).Edx);
    }

    private sealed class EverythingCpu : CpuidSource
    {
        public override CpuidResult Query(uint leaf, uint subleaf)
            => new() { Eax = uint.MaxValue, Ebx = uint.MaxValue, Ecx = uint.MaxValue, Edx = uint.MaxValue };
    }
}
