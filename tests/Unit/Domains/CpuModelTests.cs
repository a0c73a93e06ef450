using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Text;
using Multicosm.Domains;
using Multicosm.Domains.Policy;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class CpuModelTests
{
    private const uint HypervisorBit = 1u << 31;

    private readonly CpuidTable _table = new();
    private readonly EverythingCpu _host = new();

    public static TheoryData<CpuModel> Named => [.. Enum.GetValues<CpuModel>().Where(model => model != CpuModel.Host)];

    [Theory]
    [InlineData("host", CpuModel.Host)]
    [InlineData("Haswell", CpuModel.Haswell)]
    [InlineData("sandy_bridge", CpuModel.SandyBridge)]
    [InlineData("Sandy-Bridge", CpuModel.SandyBridge)]
    [InlineData("TIGERLAKE", CpuModel.TigerLake)]
    [InlineData("cannon-lake", CpuModel.CannonLake)]
    public void Names_are_found_however_they_are_written(string text, CpuModel expected)
    {
        Assert.True(CpuModels.TryFind(Encoding.UTF8.GetBytes(text), out CpuModel model));
        Assert.Equal(expected, model);
    }

    [Theory]
    [InlineData("")]
    [InlineData("haswel")]
    [InlineData("haswellx")]
    [InlineData("penryn")]
    [InlineData("-")]
    public void Others_are_not(string text) => Assert.False(CpuModels.TryFind(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [MemberData(nameof(Named))]
    public void A_model_on_a_processor_with_everything_lacks_nothing_and_is_consistent(CpuModel model)
    {
        TextBuffer missing = new(400);
        Assert.False(CpuidPolicy.TryFindMissing(_host, model, missing), Encoding.UTF8.GetString(missing.Text));
        CpuidPolicy.Fill(_table, _host, 0, hasFastStrings: true, model);
        AssertConsistent();
        AssertCaches();
        Assert.Equal(CpuModelRows.Facts(model).Signature, _table.Lookup(1, 0).Eax);
        Assert.Equal(Encoding.UTF8.GetString(CpuModelRows.BrandOf(model)), Brand());
        Assert.InRange(CpuModelRows.BrandOf(model).Length, 1, 47);
    }

    [Fact]
    public void Each_model_has_what_the_one_before_it_has()
    {
        for (CpuModel model = CpuModel.SandyBridge; model <= CpuModel.TigerLake; model++)
        {
            CpuFeatures older = CpuModelRows.Features(model - 1);
            CpuFeatures newer = CpuModelRows.Features(model);
            for (int word = 0; word < CpuFeatures.Words; word++)
            {
                Assert.Equal(0u, older[word] & ~newer[word]);
            }
        }
    }

    [Fact]
    public void Each_feature_of_a_model_has_a_name_and_a_rule_that_shows_it()
    {
        CpuFeatures newest = CpuModelRows.Features(CpuModel.TigerLake);
        foreach (CpuidRule rule in CpuidRules.Rows)
        {
            int word = CpuFeatureWords.Find(rule.Leaf, rule.Subleaf, rule.Register);
            for (uint bits = word < 0 ? 0 : rule.Keep & newest[word]; bits != 0; bits &= bits - 1)
            {
                int bit = BitOperations.TrailingZeroCount(bits);
                Assert.False(CpuFeatureNames.NameOf(word, bit).SequenceEqual("-"u8), $"word {word} bit {bit} has no name");
            }

            Assert.True(word is < 0 or CpuFeatures.BasicEdx or CpuFeatures.ExtendedEdx || (newest[word] & ~(rule.Keep | rule.Set)) == 0, $"word {word}: no rule shows 0x{(word < 0 ? 0 : newest[word] & ~rule.Keep):x}");
        }
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void A_processor_without_anything_lacks_features_and_they_are_named(CpuModel model)
    {
        TextBuffer missing = new(2000);
        Assert.True(CpuidPolicy.TryFindMissing(new NothingCpu(), model, missing));
        string[] names = Encoding.UTF8.GetString(missing.Text).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("ssse3", names);
        Assert.DoesNotContain("-", names);
        Assert.DoesNotContain("x2apic", names); // emulated
        Assert.DoesNotContain("pcid", names); // optional
        Assert.Equal(model >= CpuModel.Haswell, names.Contains("avx2"));
        Assert.Equal(names.Distinct().Count(), names.Length);
    }

    [Fact]
    public void A_model_adds_nothing_that_the_processor_lacks()
    {
        CpuidPolicy.Fill(_table, new NothingCpu(), 0, hasFastStrings: true, CpuModel.TigerLake);
        Assert.Equal((1u << 21) | (1u << 24) | HypervisorBit, _table.Lookup(1, 0).Ecx);
        Assert.Equal(default, _table.Lookup(7, 0));
        Assert.Equal(0u, _table.Lookup(0xD, 0).Eax);
    }

    [Fact]
    public void The_host_is_consistent_too()
    {
        CpuidPolicy.Fill(_table, _host, 0, hasFastStrings: true, CpuModel.Host);
        AssertConsistent();
    }

    [Theory]
    [InlineData(CpuModel.Arrandale, 0xBu)]
    [InlineData(CpuModel.Haswell, 0xDu)]
    [InlineData(CpuModel.TigerLake, 0x1Bu)]
    public void Leaves_beyond_the_highest_answer_as_it_does(CpuModel model, uint highest)
    {
        CpuidPolicy.Fill(_table, _host, 0, hasFastStrings: true, model);
        Assert.Equal(highest, _table.Lookup(0, 0).Eax);
        foreach (uint leaf in new[] { highest + 1, 0x1Fu, 0x20u, 0x1000u, 0x40000008u, 0x80000009u, 0xC0000000u, uint.MaxValue })
        {
            for (uint subleaf = 0; subleaf < 4; subleaf++)
            {
                Assert.Equal(_table.Lookup(highest, subleaf), _table.Lookup(leaf, subleaf));
            }
        }
    }

    [Fact]
    public void MISC_ENABLE_limits_the_leaves_and_hides_execute_disable()
    {
        CpuidPolicy.Fill(_table, _host, 0, hasFastStrings: true, CpuModel.Haswell);
        _table.Limit(leaves: true, executeDisable: true);
        Assert.Equal(2u, _table.Lookup(0, 0).Eax);
        Assert.Equal(0u, _table.Lookup(0x80000001, 0).Edx & (1 << 20));
        _table.Limit(leaves: false, executeDisable: false);
        Assert.Equal(0xDu, _table.Lookup(0, 0).Eax);
        Assert.NotEqual(0u, _table.Lookup(0x80000001, 0).Edx & (1 << 20));
    }

    [Fact]
    public void An_APIC_that_is_off_is_not_shown()
    {
        CpuidPolicy.Fill(_table, _host, 0, hasFastStrings: true, CpuModel.Haswell);
        Assert.NotEqual(0u, _table.Lookup(1, 0).Edx & (1 << 9));
        _table.ShowApic(false);
        Assert.Equal(0u, _table.Lookup(1, 0).Edx & (1 << 9));
        _table.ShowApic(true);
        Assert.NotEqual(0u, _table.Lookup(1, 0).Edx & (1 << 9));
    }

    [Fact]
    public void A_model_that_the_processor_is_not_is_refused_with_what_it_lacks()
    {
        FakePc pc = FakePc.WithDebian("cpu = \"Sky-Lake\"\n");
        Domain domain = pc.Create();
        for (int i = 0; i < 100 && domain.State == DomainState.Building; i++)
        {
            pc.Scheduler.RunOnce();
        }

        string reason = Encoding.UTF8.GetString(domain.Reason.Text);
        Assert.StartsWith("cpu \"skylake\" has what this PC's processor lacks: pni ssse3 ", reason);
        Assert.True(domain.CouldNotStart);
    }

    // What implies what, and numbers that must fit each other.
    private void AssertConsistent()
    {
        CpuidResult basic = _table.Lookup(1, 0);
        CpuidResult structured = _table.Lookup(7, 0);
        bool xsave = Has(basic.Ecx, 26);
        bool avx = Has(basic.Ecx, 28);
        Assert.True(!avx || xsave, "AVX needs XSAVE");
        Assert.True(avx || (!Has(basic.Ecx, 12) && !Has(basic.Ecx, 29) && !Has(structured.Ebx, 5)), "FMA, F16C and AVX2 need AVX");
        Assert.True(avx || (!Has(structured.Ecx, 9) && !Has(structured.Ecx, 10)), "VAES and VPCLMULQDQ need AVX");
        Assert.True(Has(basic.Ecx, 17) || !Has(structured.Ebx, 10), "INVPCID needs PCID");
        Assert.True(Has(basic.Ecx, 21) && Has(basic.Ecx, 24) && Has(basic.Ecx, 31), "emulated ones are always shown");
        Assert.Equal(1u, (basic.Ebx >> 16) & 0xFF); // one logical processor

        CpuidResult state = _table.Lookup(0xD, 0);
        if (_table.Lookup(0, 0).Eax >= 0xD)
        {
            Assert.Equal(xsave, (state.Eax & 3) == 3);
            Assert.Equal(avx, (state.Eax & 4) != 0);
            bool keys = Has(structured.Ecx, 3);
            Assert.Equal(keys, Has(state.Eax, 9));
            CpuidResult last = _table.Lookup(0xD, 9);
            Assert.Equal(!xsave ? 0u : keys ? unchecked(last.Ebx + last.Eax) : avx ? 832u : 576u, state.Ecx);
            Assert.False(keys && !xsave, "protection keys need XSAVE");
        }

        AssertTopology();
        Assert.Equal(default, _table.Lookup(5, 0));
        Assert.True(_table.Lookup(0, 0).Eax < 0xA || _table.Lookup(0xA, 0).Eax == 0, "there are no counters");
        Assert.True(_table.Lookup(0, 0).Eax < 0x16 || _table.Lookup(0x16, 0).Eax == 0, "frequencies are measured");
        Assert.Equal(0x30u, (_table.Lookup(0x80000008, 0).Eax >> 8) & 0xFF); // 48 linear bits
    }

    private void AssertTopology()
    {
        List<uint> leaves = [0xB];
        if (_table.Lookup(0, 0).Eax >= 0x1F)
        {
            leaves.Add(0x1F);
        }

        foreach (uint leaf in leaves)
        {
            Assert.Equal((0x100u, 1u), (_table.Lookup(leaf, 0).Ecx, _table.Lookup(leaf, 0).Ebx));
            Assert.Equal((0x201u, 1u), (_table.Lookup(leaf, 1).Ecx, _table.Lookup(leaf, 1).Ebx));
            Assert.Equal((2u, 0u), (_table.Lookup(leaf, 2).Ecx, _table.Lookup(leaf, 2).Ebx));
        }
    }

    private void AssertCaches()
    {
        uint[] types = [.. Enumerable.Range(0, 5).Select(index => _table.Lookup(4, (uint)index).Eax & 0x1F)];
        Assert.Equal([1u, 2u, 3u, 3u, 0u], types);
        for (uint index = 0; index < 4; index++)
        {
            CpuidResult cache = _table.Lookup(4, index);
            Assert.Equal(0u, cache.Eax >> 14); // shared by one thread, in a package of one core
            Assert.Equal(64u, (cache.Ebx & 0xFFF) + 1);
            Assert.True(BitOperations.IsPow2(cache.Ecx + 1));
        }
    }

    private string Brand()
    {
        List<byte> text = [];
        for (uint leaf = 0x80000002; leaf <= 0x80000004; leaf++)
        {
            CpuidResult part = _table.Lookup(leaf, 0);
            text.AddRange(new[] { part.Eax, part.Ebx, part.Ecx, part.Edx }.SelectMany(BitConverter.GetBytes));
        }

        return Encoding.UTF8.GetString([.. text]).TrimEnd('\0');
    }

    private static bool Has(uint word, int bit) => (word >> bit & 1) != 0;

    private sealed class EverythingCpu : CpuidSource
    {
        public override CpuidResult Query(uint leaf, uint subleaf)
            => new() { Eax = uint.MaxValue, Ebx = uint.MaxValue, Ecx = uint.MaxValue, Edx = uint.MaxValue };
    }

    private sealed class NothingCpu : CpuidSource
    {
        public override CpuidResult Query(uint leaf, uint subleaf) => leaf switch
        {
            0 => new CpuidResult { Eax = 0xD },
            0x80000000 => new CpuidResult { Eax = 0x80000008 },
            _ => default,
        };
    }
}
