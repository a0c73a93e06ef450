using System;

namespace Multicosm.Domains.Policy;

/// <summary>The named processors: numbers, names and features. Each has what the one before it has, and more.</summary>
/// <source>SDM 2A, "CPUID - CPU Identification"</source>
public static class CpuModelRows
{
    private static readonly CpuModelFacts[] s_facts =
    [
        default, // the host
        new(0x20652, 0xB, new(8, 64), new(8, 512), new(12, 4096)),
        new(0x206A7, 0xD, new(8, 64), new(8, 512), new(16, 8192)),
        new(0x306A9, 0xD, new(8, 64), new(8, 512), new(16, 8192)),
        new(0x306C3, 0xD, new(8, 64), new(8, 512), new(16, 8192)),
        new(0x306D4, 0x14, new(8, 64), new(8, 512), new(12, 4096)),
        new(0x506E3, 0x16, new(8, 64), new(4, 1024), new(16, 8192)),
        new(0x60663, 0x16, new(8, 64), new(4, 1024), new(16, 4096)),
        new(0x706E5, 0x1B, new(12, 64), new(8, 1024), new(16, 8192)),
        new(0x806C1, 0x1B, new(12, 64), new(20, 1024), new(12, 16384)),
    ];

    // Bits of leaf 7, EBX and ECX.
    private const uint IvyBridgeEbx = (1u << 0) | (1u << 7) | (1u << 9);
    private const uint HaswellEbx = IvyBridgeEbx | (1u << 1) | (1u << 3) | (1u << 5) | (1u << 8) | (1u << 10) | (1u << 13);
    private const uint BroadwellEbx = HaswellEbx | (1u << 18) | (1u << 19) | (1u << 20);
    private const uint SkylakeEbx = BroadwellEbx | (1u << 6) | (1u << 23);
    private const uint CannonLakeEbx = SkylakeEbx | (1u << 29);
    private const uint TigerLakeEbx = CannonLakeEbx | (1u << 24);
    private const uint UmipEcx = 1u << 2;
    private const uint KeysEcx = 1u << 3;
    private const uint IceLakeEcx = UmipEcx | KeysEcx | (1u << 8) | (1u << 9) | (1u << 10) | (1u << 22);

    // Leaf 1, ECX.
    private const uint ArrandaleEcx = (1u << 0) | (1u << 1) | (1u << 9) | (1u << 13) | (1u << 17) | (1u << 19) | (1u << 20) | (1u << 23) | (1u << 25);
    private const uint SandyBridgeEcx = ArrandaleEcx | (1u << 26) | (1u << 28);
    private const uint IvyBridgeEcx = SandyBridgeEcx | (1u << 29) | (1u << 30);
    private const uint HaswellEcx = IvyBridgeEcx | (1u << 12) | (1u << 22);

    /// <summary>Numbers of <paramref name="model"/>; zeros for the host.</summary>
    public static ref readonly CpuModelFacts Facts(CpuModel model) => ref s_facts[(int)model];

    /// <summary>Features of <paramref name="model"/>, all bits for the host. Of leaf 1 and leaf 0x80000001, EDX, the models have what all 64-bit processors have.</summary>
    public static CpuFeatures Features(CpuModel model)
    {
        CpuFeatures features = default;
        for (int word = 0; word < CpuFeatures.Words; word++)
        {
            features[word] = model == CpuModel.Host ? uint.MaxValue : FeaturesOf(model, word);
        }

        return features;
    }

    /// <summary>Features that a model may lack on a processor that lacks them: guests work without, and old or simple processors of its kind do too.</summary>
    public static uint Optional(int word) => word switch
    {
        CpuFeatures.BasicEcx => (1u << 1) | (1u << 17) | (1u << 25) | (1u << 30), // PCLMULQDQ, PCID, AES, RDRAND
        CpuFeatures.BasicEdx => 1u << 27, // SS
        CpuFeatures.StructuredEbx => (1u << 1) | (1u << 6) | (1u << 9) | (1u << 10) | (1u << 13) | (1u << 18), // TSC_ADJUST, FDP, ERMS, INVPCID, FCS, RDSEED
        CpuFeatures.StructuredEcx => UmipEcx | KeysEcx,
        CpuFeatures.StructuredEdx => uint.MaxValue,
        CpuFeatures.StateEax => uint.MaxValue,
        CpuFeatures.ExtendedEdx => 1u << 26, // 1 GiB pages
        _ => 0,
    };

    /// <summary>The brand string of <paramref name="model"/>, at most 47 bytes; empty for the host.</summary>
    public static ReadOnlySpan<byte> BrandOf(CpuModel model) => model switch
    {
        CpuModel.Arrandale => "Intel(R) Core(TM) i5 CPU       M 520  @ 2.40GHz"u8,
        CpuModel.SandyBridge => "Intel(R) Core(TM) i7-2600K CPU @ 3.40GHz"u8,
        CpuModel.IvyBridge => "Intel(R) Core(TM) i7-3770K CPU @ 3.50GHz"u8,
        CpuModel.Haswell => "Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz"u8,
        CpuModel.Broadwell => "Intel(R) Core(TM) i5-5300U CPU @ 2.30GHz"u8,
        CpuModel.Skylake => "Intel(R) Core(TM) i7-6700K CPU @ 4.00GHz"u8,
        CpuModel.CannonLake => "Intel(R) Core(TM) i3-8121U CPU @ 2.20GHz"u8,
        CpuModel.IceLake => "Intel(R) Core(TM) i7-1065G7 CPU @ 1.30GHz"u8,
        CpuModel.TigerLake => "11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz"u8,
        _ => default,
    };

    private static uint FeaturesOf(CpuModel model, int word) => word switch
    {
        CpuFeatures.BasicEcx => model switch
        {
            CpuModel.Arrandale => ArrandaleEcx,
            CpuModel.SandyBridge => SandyBridgeEcx,
            CpuModel.IvyBridge => IvyBridgeEcx,
            _ => HaswellEcx,
        },
        CpuFeatures.BasicEdx => uint.MaxValue,
        CpuFeatures.StructuredEbx => model switch
        {
            < CpuModel.IvyBridge => 0,
            CpuModel.IvyBridge => IvyBridgeEbx,
            CpuModel.Haswell => HaswellEbx,
            CpuModel.Broadwell => BroadwellEbx,
            CpuModel.Skylake => SkylakeEbx,
            < CpuModel.TigerLake => CannonLakeEbx,
            _ => TigerLakeEbx,
        },
        CpuFeatures.StructuredEcx => model switch
        {
            < CpuModel.CannonLake => 0,
            CpuModel.CannonLake => UmipEcx | KeysEcx,
            _ => IceLakeEcx,
        },
        CpuFeatures.StructuredEdx => model < CpuModel.IceLake ? 1u << 10 : (1u << 10) | (1u << 4), // MD_CLEAR comes with microcode; FSRM
        CpuFeatures.StateEax => model < CpuModel.SandyBridge ? 0 : model < CpuModel.Skylake ? 1u : 0xFu, // XSAVEOPT; XSAVEC, XGETBV with ECX = 1, XSAVES
        CpuFeatures.ExtendedEcx => model < CpuModel.Haswell ? 1u : model < CpuModel.Broadwell ? (1u << 0) | (1u << 5) : (1u << 0) | (1u << 5) | (1u << 8),
        _ => uint.MaxValue,
    };
}
