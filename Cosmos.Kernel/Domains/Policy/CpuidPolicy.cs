using System;
using System.Buffers.Binary;
using System.Numerics;
using Multicosm.Machine;

namespace Multicosm.Domains.Policy;

/// <summary>Makes a vCPU's CPUID from the processor's own, the rows of <see cref="CpuidRules"/> and a named model.</summary>
public static class CpuidPolicy
{
    private const uint FeatureLeaf = 7;
    private const uint EnhancedRepMovsb = 1 << 9;
    private const uint FastShortRepMov = 1 << 4;
    private const uint CacheLeaf = 4;
    private const uint TopologyLeaf = 0xB;
    private const uint TopologyLevels = 2; // thread and core
    private const uint StateLeaf = 0xD;
    private const uint HighestBasicLeaf = 0x1F;
    private const uint SecondTopologyLeaf = 0x1F;
    private const uint HighestParavirtLeaf = 0xD;
    private const uint FirstHypervisorLeaf = 0x40000000;
    private const uint FirstExtendedLeaf = 0x80000000;
    private const uint FirstBrandLeaf = 0x80000002;
    private const uint LastBrandLeaf = 0x80000004;
    private const uint SecondCacheLeaf = 0x80000006;
    private const uint HighestExtendedLeaf = 0x80000008;
    private const uint ProtectionKeys = 1 << 3; // leaf 7, ECX
    private const int KeysComponent = 9;
    private const uint KeysBytes = 8;
    private const uint KeysOffset = 2688;
    private const uint AvxState = 4;
    private const uint AvxBytes = 256;
    private const uint LegacyAreaBytes = 576;
    private const int BrandBytes = 16; // in a leaf
    private const uint LineBytes = 64;

    private const uint DescriptorLeaf = 2;
    private const uint CacheDescriptors = 0x76035A01; // TLBs as of Sandy Bridge
    private const uint NoDescriptors = 0x00F0B2FF; // 64-byte prefetching; the caches are told by leaf 4
    private const uint EightWays = 6 << 12;
    private const uint SelfInitializing = 1 << 8;
    private const uint InclusiveHashed = 6;

    /// <summary>
    /// Fills <paramref name="table"/> for the vCPU with APIC id <paramref name="apicId"/> (below 255). Without <paramref name="hasFastStrings"/>,
    /// which IA32_MISC_ENABLE tells the guest too, REP MOVSB is not shown as fast for any length: Linux 6.1 trusts the one bit in spite of the other,
    /// and its memmove goes wrong. A <paramref name="model"/> takes away what it has not; it adds nothing that the processor lacks.
    /// </summary>
    public static void Fill(CpuidTable table, CpuidSource source, uint apicId, bool hasFastStrings, CpuModel model)
    {
        uint highest = model == CpuModel.Host ? Math.Min(source.Query(0, 0).Eax, HighestBasicLeaf) : CpuModelRows.Facts(model).HighestLeaf;
        Fill(table, source, CpuidRules.Rows, Math.Max(TopologyLeaf, highest), apicId, hasFastStrings, model);
    }

    /// <summary>The same for vCPU <paramref name="index"/> of a domain that runs on the paravirtual backend.</summary>
    public static void FillParavirt(CpuidTable table, CpuidSource source, uint index, bool hasFastStrings)
        => Fill(table, source, ParavirtCpuidRules.Rows, Math.Min(source.Query(0, 0).Eax, HighestParavirtLeaf), index, hasFastStrings, CpuModel.Host);

    /// <summary>
    /// True, with their names in <paramref name="names"/> behind blanks, if <paramref name="model"/> has features that this processor lacks and
    /// that the model is not without anywhere.
    /// </summary>
    public static bool TryFindMissing(CpuidSource source, CpuModel model, TextOutput names)
    {
        CpuFeatures wanted = CpuModelRows.Features(model);
        bool isAny = false;
        foreach (CpuidRule row in CpuidRules.Rows)
        {
            int word = CpuFeatureWords.Find(row.Leaf, row.Subleaf, row.Register);
            if (word < 0 || model == CpuModel.Host)
            {
                continue;
            }

            uint has = CpuFeatureWords.Value(Query(source, row.Leaf, row.Subleaf), row.Register);
            uint missing = wanted[word] & row.Keep & ~row.Set & ~has & ~CpuModelRows.Optional(word);
            for (; missing != 0; missing &= missing - 1)
            {
                names.Write(" "u8);
                names.Write(CpuFeatureNames.NameOf(word, BitOperations.TrailingZeroCount(missing)));
                isAny = true;
            }
        }

        return isAny;
    }

    private static void Fill(
        CpuidTable table, CpuidSource source, ReadOnlySpan<CpuidRule> rows, uint highestBasic, uint apicId, bool hasFastStrings, CpuModel model)
    {
        table.Clear();
        CpuFeatures features = CpuModelRows.Features(model);
        uint highestExtended = Math.Min(source.Query(FirstExtendedLeaf, 0).Eax, HighestExtendedLeaf);
        for (int first = 0; first < rows.Length;)
        {
            uint leaf = rows[first].Leaf;
            uint subleaf = rows[first].Subleaf;
            CpuidResult host = Query(source, leaf, subleaf);
            CpuidResult shown = default;
            for (; first < rows.Length && rows[first].Leaf == leaf && rows[first].Subleaf == subleaf; first++)
            {
                int word = CpuFeatureWords.Find(leaf, subleaf, rows[first].Register);
                Apply(in rows[first], in host, word < 0 ? uint.MaxValue : features[word], ref shown);
            }

            if (leaf < FirstHypervisorLeaf ? leaf <= highestBasic : leaf < FirstExtendedLeaf || leaf <= highestExtended)
            {
                Adjust(leaf, subleaf, apicId, highestBasic, hasFastStrings, ref shown);
                if (model != CpuModel.Host)
                {
                    Describe(model, leaf, subleaf, ref shown);
                }

                _ = table.TrySet(leaf, subleaf, in shown); // the rows name only leaves that the table has, which a test checks
            }
        }

        EndTopology(table, TopologyLeaf, apicId);
        EndTopology(table, SecondTopologyLeaf, apicId);
        SizeState(table);
        CpuidResult extended = new() { Eax = highestExtended };
        _ = table.TrySet(FirstExtendedLeaf, 0, in extended); // the table has it
        table.Complete();
    }

    // Levels that do not exist name themselves.
    private static void EndTopology(CpuidTable table, uint leaf, uint apicId)
    {
        bool isThere = table.Lookup(leaf, 0).Ebx != 0;
        for (uint level = TopologyLevels; isThere && level < CpuidTable.Subleaves; level++)
        {
            CpuidResult none = new() { Ecx = level, Edx = apicId };
            _ = table.TrySet(leaf, level, in none); // the table has it
        }
    }

    // Protection keys are there with their state or not at all. Then the bytes of the area for all that may be enabled; EBX, for what is enabled now,
    // is the backend's.
    private static void SizeState(CpuidTable table)
    {
        CpuidResult features = table.Lookup(FeatureLeaf, 0);
        CpuidResult state = table.Lookup(StateLeaf, 0);
        bool hasKeys = (features.Ecx & ProtectionKeys) != 0 && (state.Eax >> KeysComponent & 1) != 0;
        if (!hasKeys)
        {
            features.Ecx &= ~ProtectionKeys;
            state.Eax &= ~(1u << KeysComponent);
            _ = table.TrySet(FeatureLeaf, 0, in features); // the table has them all
            _ = table.TrySet(StateLeaf, KeysComponent, default);
        }

        CpuidResult keys = table.Lookup(StateLeaf, KeysComponent);
        if (hasKeys && keys.Eax == 0)
        {
            keys = new CpuidResult { Eax = KeysBytes, Ebx = KeysOffset }; // an emulated processor that forgets to say where all have it
            _ = table.TrySet(StateLeaf, KeysComponent, in keys);
        }

        bool hasAvx = (state.Eax & AvxState) != 0;
        state.Ecx = state.Eax == 0 ? 0 : hasKeys ? unchecked(keys.Ebx + keys.Eax) : hasAvx ? LegacyAreaBytes + AvxBytes : LegacyAreaBytes;

        _ = table.TrySet(StateLeaf, 0, in state);
    }

    // A leaf that this processor has not would answer as its highest one.
    private static CpuidResult Query(CpuidSource source, uint leaf, uint subleaf)
    {
        uint first = leaf & FirstExtendedLeaf;
        bool exists = leaf - FirstHypervisorLeaf >= CpuidTable.HypervisorLeaves && leaf <= source.Query(first, 0).Eax;
        return exists ? source.Query(leaf, subleaf) : default;
    }

    private static void Apply(in CpuidRule rule, in CpuidResult host, uint model, ref CpuidResult shown)
    {
        uint value = (CpuFeatureWords.Value(in host, rule.Register) & rule.Keep & model) | rule.Set;
        switch (rule.Register)
        {
            case CpuidRegister.Eax:
                shown.Eax = value;
                break;
            case CpuidRegister.Ebx:
                shown.Ebx = value;
                break;
            case CpuidRegister.Ecx:
                shown.Ecx = value;
                break;
            case CpuidRegister.Edx:
                shown.Edx = value;
                break;
        }
    }

    // What is a number and not a set of bits.
    private static void Adjust(uint leaf, uint subleaf, uint apicId, uint highestBasic, bool hasFastStrings, ref CpuidResult shown)
    {
        switch (leaf)
        {
            case 0:
                shown.Eax = highestBasic;
                break;
            case 1:
                shown.Ebx |= apicId << 24;
                break;
            case FeatureLeaf when !hasFastStrings:
                shown.Ebx &= ~EnhancedRepMovsb;
                shown.Edx &= ~FastShortRepMov;
                break;
            case TopologyLeaf:
            case SecondTopologyLeaf:
                shown.Edx = apicId;
                break;
            default:
                break;
        }
    }

    // What a named model says of itself. The width of addresses stays the processor's, whose page tables check it.
    private static void Describe(CpuModel model, uint leaf, uint subleaf, ref CpuidResult shown)
    {
        ref readonly CpuModelFacts facts = ref CpuModelRows.Facts(model);
        switch (leaf)
        {
            case 1:
                shown.Eax = facts.Signature;
                shown.Ebx &= 0xFFFFFF00; // no brand index: there is a string
                break;
            case DescriptorLeaf:
                shown = new CpuidResult { Eax = CacheDescriptors, Ebx = NoDescriptors };
                break;
            case CacheLeaf:
                shown = DescribeCache(in facts, subleaf);
                break;
            case StateLeaf when model < CpuModel.SandyBridge:
                shown = default; // no XSAVE
                break;
            case >= FirstBrandLeaf and <= LastBrandLeaf:
                shown = DescribeBrand(CpuModelRows.BrandOf(model), (int)(leaf - FirstBrandLeaf));
                break;
            case SecondCacheLeaf:
                uint kibibytes = facts.Second.Ways * (uint)facts.Second.Sets * LineBytes / 1024;
                shown.Ecx = (kibibytes << 16) | EightWays | LineBytes;
                break;
            default:
                break;
        }
    }

    private static CpuidResult DescribeCache(in CpuModelFacts facts, uint subleaf)
    {
        CpuCache cache = subleaf switch
        {
            0 => facts.Data,
            1 => new CpuCache(8, 64),
            2 => facts.Second,
            _ => facts.Third,
        };
        uint type = subleaf < 2 ? subleaf + 1 : 3; // data, instructions, both
        uint level = Math.Max(subleaf, 1);
        return subleaf > 3 ? default : new CpuidResult
        {
            Eax = type | (level << 5) | SelfInitializing,
            Ebx = ((uint)(cache.Ways - 1) << 22) | (LineBytes - 1),
            Ecx = cache.Sets - 1u,
            Edx = subleaf == 3 ? InclusiveHashed : 0,
        };
    }

    private static CpuidResult DescribeBrand(ReadOnlySpan<byte> brand, int part)
    {
        Span<byte> text = stackalloc byte[BrandBytes];
        text.Clear();
        int start = part * BrandBytes;
        if (start < brand.Length)
        {
            brand[start..Math.Min(brand.Length, start + BrandBytes)].CopyTo(text);
        }

        return new CpuidResult
        {
            Eax = BinaryPrimitives.ReadUInt32LittleEndian(text),
            Ebx = BinaryPrimitives.ReadUInt32LittleEndian(text[4..]),
            Ecx = BinaryPrimitives.ReadUInt32LittleEndian(text[8..]),
            Edx = BinaryPrimitives.ReadUInt32LittleEndian(text[12..]),
        };
    }
}
