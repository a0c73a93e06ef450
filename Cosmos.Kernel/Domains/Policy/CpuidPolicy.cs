using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Policy;

/// <summary>Makes a vCPU's CPUID from the processor's own and the rows of <see cref="CpuidRules"/>.</summary>
public static class CpuidPolicy
{
    private const uint HighestBasicLeaf = 0xD;
    private const uint FeatureLeaf = 7;
    private const uint EnhancedRepMovsb = 1 << 9;
    private const uint FastShortRepMov = 1 << 4;
    private const uint TopologyLeaf = 0xB;
    private const uint StateLeaf = 0xD;
    private const uint HighestExtendedLeaf = 0x80000008;
    private const uint AvxState = 4;
    private const uint LegacyAreaBytes = 576;

    /// <summary>
    /// Fills <paramref name="table"/> for the vCPU with APIC id <paramref name="apicId"/> (below 255). Without <paramref name="hasFastStrings"/>,
    /// which IA32_MISC_ENABLE tells the guest too, REP MOVSB is not shown as fast for any length: Linux 6.1 trusts the one bit in spite of the other,
    /// and its memmove goes wrong.
    /// </summary>
    public static void Fill(CpuidTable table, CpuidSource source, uint apicId, bool hasFastStrings)
        => Fill(table, source, CpuidRules.Rows, Math.Max(TopologyLeaf, HighestBasic(source)), apicId, hasFastStrings);

    /// <summary>The same for vCPU <paramref name="index"/> of a domain that runs on the paravirtual backend.</summary>
    public static void FillParavirt(CpuidTable table, CpuidSource source, uint index, bool hasFastStrings)
        => Fill(table, source, ParavirtCpuidRules.Rows, HighestBasic(source), index, hasFastStrings);

    private static uint HighestBasic(CpuidSource source) => Math.Min(source.Query(0, 0).Eax, HighestBasicLeaf);

    private static void Fill(CpuidTable table, CpuidSource source, ReadOnlySpan<CpuidRule> rows, uint highestBasic, uint apicId, bool hasFastStrings)
    {
        table.Clear();
        uint highestExtended = Math.Min(source.Query(0x80000000, 0).Eax, HighestExtendedLeaf);
        for (int first = 0; first < rows.Length;)
        {
            uint leaf = rows[first].Leaf;
            uint subleaf = rows[first].Subleaf;
            CpuidResult host = leaf - 0x40000000u < CpuidTable.HypervisorLeaves ? default : source.Query(leaf, subleaf);
            CpuidResult shown = default;
            for (; first < rows.Length && rows[first].Leaf == leaf && rows[first].Subleaf == subleaf; first++)
            {
                Apply(in rows[first], in host, ref shown);
            }

            bool exists = leaf < 0x40000000 ? leaf <= highestBasic : leaf < 0x80000000 || leaf <= highestExtended;
            if (exists)
            {
                Adjust(leaf, subleaf, apicId, highestBasic, ref shown);
                if (leaf == FeatureLeaf && !hasFastStrings)
                {
                    shown.Ebx &= ~EnhancedRepMovsb;
                    shown.Edx &= ~FastShortRepMov;
                }

                _ = table.TrySet(leaf, subleaf, in shown); // the rows name only leaves that the table has, which a test checks
            }
        }

        CpuidResult extended = new() { Eax = highestExtended };
        _ = table.TrySet(0x80000000, 0, in extended); // the table has it
        table.Complete();
    }

    private static void Apply(in CpuidRule rule, in CpuidResult host, ref CpuidResult shown)
    {
        switch (rule.Register)
        {
            case CpuidRegister.Eax:
                shown.Eax = (host.Eax & rule.Keep) | rule.Set;
                break;
            case CpuidRegister.Ebx:
                shown.Ebx = (host.Ebx & rule.Keep) | rule.Set;
                break;
            case CpuidRegister.Ecx:
                shown.Ecx = (host.Ecx & rule.Keep) | rule.Set;
                break;
            case CpuidRegister.Edx:
                shown.Edx = (host.Edx & rule.Keep) | rule.Set;
                break;
        }
    }

    /// <summary>What is a number and not a set of bits.</summary>
    private static void Adjust(uint leaf, uint subleaf, uint apicId, uint highestBasic, ref CpuidResult shown)
    {
        switch (leaf)
        {
            case 0:
                shown.Eax = highestBasic;
                break;
            case 1:
                shown.Ebx |= apicId << 24;
                break;
            case TopologyLeaf:
                shown.Edx = apicId;
                break;
            case StateLeaf when subleaf == 0:
                // Bytes of the area for all that may be enabled; EBX, for what is enabled now, is the backend's.
                shown.Ecx = shown.Eax == 0 ? 0 : (shown.Eax & AvxState) != 0 ? LegacyAreaBytes + 256 : LegacyAreaBytes;
                break;
            default:
                break;
        }
    }
}
