using System;
using System.Linq;
using Multicosm.Domains.Policy;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class ParavirtCpuidTests
{
    private readonly CpuidTable _table = new();

    public ParavirtCpuidTests() => CpuidPolicy.FillParavirt(_table, new EverythingCpu(), 1, true);

    [Fact]
    public void Rows_are_sorted_and_without_repeats_and_fit_the_table()
    {
        CpuidRule[] rows = ParavirtCpuidRules.Rows.ToArray();
        (uint, uint, byte)[] keys = [.. rows.Select(row => (row.Leaf, row.Subleaf, (byte)row.Register))];
        Assert.Equal(keys.Order(), keys);
        Assert.Equal(keys.Distinct().Count(), keys.Length);
        CpuidTable table = new();
        Assert.All(rows, row => Assert.True(table.TrySet(row.Leaf, row.Subleaf, default)));
    }

    [Theory]
    [InlineData(3, "MONITOR")]
    [InlineData(5, "VMX")]
    [InlineData(17, "PCID")]
    [InlineData(21, "x2APIC")]
    [InlineData(24, "TSC deadline")]
    [InlineData(27, "OSXSAVE, which follows CR4")]
    public void Leaf_1_ECX_hides(int bit, string what) => Assert.True((_table.Lookup(1, 0).Ecx & (1u << bit)) == 0, what);

    [Theory]
    [InlineData(1, "VME")]
    [InlineData(3, "PSE")]
    [InlineData(12, "MTRR")]
    [InlineData(13, "PGE")]
    [InlineData(17, "PSE36")]
    [InlineData(22, "ACPI")]
    [InlineData(28, "HTT")]
    public void Leaf_1_EDX_hides(int bit, string what) => Assert.True((_table.Lookup(1, 0).Edx & (1u << bit)) == 0, what);

    [Theory]
    [InlineData(7, "SMEP")]
    [InlineData(10, "INVPCID")]
    [InlineData(20, "SMAP")]
    [InlineData(16, "AVX-512")]
    public void Leaf_7_hides(int bit, string what) => Assert.True((_table.Lookup(7, 0).Ebx & (1u << bit)) == 0, what);

    [Theory]
    [InlineData(2, "UMIP")]
    [InlineData(3, "PKU")]
    [InlineData(16, "LA57")]
    [InlineData(22, "RDPID")]
    public void Leaf_7_ECX_hides(int bit, string what) => Assert.True((_table.Lookup(7, 0).Ecx & (1u << bit)) == 0, what);

    [Fact]
    public void What_the_ABI_needs_is_shown()
    {
        Assert.Equal(0x14000000u, _table.Lookup(1, 0).Ecx & 0x14000000); // XSAVE, AVX
        Assert.Equal(0x80000000u, _table.Lookup(1, 0).Ecx & 0x80000000); // a hypervisor
        Assert.Equal((1u << 11) | (1u << 20) | (1u << 29), _table.Lookup(0x80000001, 0).Edx); // SYSCALL, NX, 64-bit mode
        Assert.Equal(0u, _table.Lookup(0x80000001, 0).Ecx & 4); // no SVM
        Assert.Equal(0xDu, _table.Lookup(0, 0).Eax);
        Assert.Equal((0u, 0u), (_table.Lookup(0xB, 0).Ebx, _table.Lookup(0xA, 0).Eax));
        Assert.Equal(1u, _table.Lookup(1, 0).Ebx >> 24);
        Assert.Equal((7u, 832u), (_table.Lookup(0xD, 0).Eax, _table.Lookup(0xD, 0).Ecx));
        Assert.Equal(0u, _table.Lookup(0xD, 1).Eax & (1 << 3)); // no XSAVES
    }

    [Fact]
    public void The_interface_has_its_leaves()
    {
        CpuidResult name = _table.Lookup(0x40000000, 0);
        byte[] text = [.. BitConverter.GetBytes(name.Ebx), .. BitConverter.GetBytes(name.Ecx), .. BitConverter.GetBytes(name.Edx)];
        Assert.Equal("XenVMMXenVMM"u8.ToArray(), text);
        Assert.Equal(0x40000005u, name.Eax);
        Assert.Equal(0x00040011u, _table.Lookup(0x40000001, 0).Eax);
        Assert.Equal((1u, 0x40000000u, 1u), (_table.Lookup(0x40000002, 0).Eax, _table.Lookup(0x40000002, 0).Ebx, _table.Lookup(0x40000002, 0).Ecx));
        Assert.InRange(_table.Lookup(0x40000005, 0).Ebx & 0xFF, 36u, 44u); // more, and Linux asks for another grant table
    }

    [Fact]
    public void A_processor_without_a_feature_has_none()
    {
        CpuidPolicy.FillParavirt(_table, new NothingCpu(), 0, false);
        Assert.Equal(4u, _table.Lookup(0, 0).Eax);
        Assert.Equal((0x80000000u, 0u), (_table.Lookup(1, 0).Ecx, _table.Lookup(1, 0).Edx));
        Assert.Equal((0u, 0u), (_table.Lookup(0xD, 0).Eax, _table.Lookup(0xD, 0).Ecx));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fast_strings_are_shown_only_where_they_are_switched_on(bool hasFastStrings)
    {
        CpuidPolicy.FillParavirt(_table, new EverythingCpu(), 0, hasFastStrings);
        Assert.Equal(hasFastStrings, (_table.Lookup(7, 0).Ebx & (1 << 9)) != 0);
        Assert.Equal(hasFastStrings, (_table.Lookup(7, 0).Edx & (1 << 4)) != 0);
    }

    private sealed class EverythingCpu : CpuidSource
    {
        public override CpuidResult Query(uint leaf, uint subleaf)
            => new() { Eax = uint.MaxValue, Ebx = uint.MaxValue, Ecx = uint.MaxValue, Edx = uint.MaxValue };
    }

    private sealed class NothingCpu : CpuidSource
    {
        public override CpuidResult Query(uint leaf, uint subleaf) => leaf switch
        {
            0 => new() { Eax = 4 },
            0x80000000 => new() { Eax = 0x80000008 },
            _ => default,
        };
    }
}
