using System;

namespace Multicosm.Domains.Policy;

/// <summary>Names of feature bits, as /proc/cpuinfo of Linux spells them.</summary>
/// <source>SDM 2A, "CPUID - CPU Identification"</source>
public static class CpuFeatureNames
{
    /// <summary>The name of bit <paramref name="bit"/> (0..31) in word <paramref name="word"/> of <see cref="CpuFeatures"/>; "-" for one that no model has.</summary>
    public static ReadOnlySpan<byte> NameOf(int word, int bit)
    {
        ReadOnlySpan<byte> rest = NamesOf(word);
        for (int skipped = 0; skipped < bit; skipped++)
        {
            int blank = rest.IndexOf((byte)' ');
            if (blank < 0)
            {
                return "-"u8;
            }

            rest = rest[(blank + 1)..];
        }

        int end = rest.IndexOf((byte)' ');
        return end < 0 ? rest : rest[..end];
    }

    private static ReadOnlySpan<byte> NamesOf(int word) => word switch
    {
        CpuFeatures.BasicEcx => "pni pclmulqdq - - - - - - - ssse3 - - fma cx16 - - - pcid - sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand -"u8,
        CpuFeatures.BasicEdx => "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 - clflush - - - mmx fxsr sse sse2 ss - - - -"u8,
        CpuFeatures.StructuredEbx => "fsgsbase tsc_adjust - bmi1 - avx2 fdp_excptn_only smep bmi2 erms invpcid - - zero_fcs_fds - - - - rdseed adx smap - - clflushopt clwb - - - - sha_ni - -"u8,
        CpuFeatures.StructuredEcx => "- - umip pku - - - - gfni vaes vpclmulqdq - - - - - - - - - - - rdpid -"u8,
        CpuFeatures.StructuredEdx => "- - - - fsrm - - - - - md_clear -"u8,
        CpuFeatures.StateEax => "xsaveopt xsavec xgetbv1 xsaves"u8,
        CpuFeatures.ExtendedEcx => "lahf_lm - - - - abm - - 3dnowprefetch -"u8,
        CpuFeatures.ExtendedEdx => "- - - - - - - - - - - syscall - - - - - - - - nx - - - - - pdpe1gb rdtscp - lm -"u8,
        _ => "-"u8,
    };
}
