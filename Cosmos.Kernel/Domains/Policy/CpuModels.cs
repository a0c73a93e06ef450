using System;

namespace Multicosm.Domains.Policy;

/// <summary>The names of processors in domain files.</summary>
public static class CpuModels
{
    /// <summary>One more than the last value of <see cref="CpuModel"/>.</summary>
    public const int Count = (int)CpuModel.TigerLake + 1;

    /// <summary>How <paramref name="model"/> is spelt.</summary>
    public static ReadOnlySpan<byte> NameOf(CpuModel model) => model switch
    {
        CpuModel.Host => "host"u8,
        CpuModel.Arrandale => "arrandale"u8,
        CpuModel.SandyBridge => "sandybridge"u8,
        CpuModel.IvyBridge => "ivybridge"u8,
        CpuModel.Haswell => "haswell"u8,
        CpuModel.Broadwell => "broadwell"u8,
        CpuModel.Skylake => "skylake"u8,
        CpuModel.CannonLake => "cannonlake"u8,
        CpuModel.IceLake => "icelake"u8,
        CpuModel.TigerLake => "tigerlake"u8,
        _ => default,
    };

    /// <summary>The model that is spelt <paramref name="text"/>, in letters of either case, with '-' and '_' where one likes; false if there is none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> text, out CpuModel model)
    {
        for (int i = 0; i < Count; i++)
        {
            model = (CpuModel)i;
            if (Matches(text, NameOf(model)))
            {
                return true;
            }
        }

        model = CpuModel.Host;
        return false;
    }

    private static bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        int matched = 0;
        foreach (byte value in text)
        {
            if (value is (byte)'-' or (byte)'_')
            {
                continue;
            }

            byte lower = value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
            if (matched == name.Length || lower != name[matched])
            {
                return false;
            }

            matched++;
        }

        return matched == name.Length;
    }
}
