using System;

namespace Multicosm.Domains.Configuration;

/// <summary>The names of the keys, as xl.cfg spells them.</summary>
public static class ConfigurationKeys
{
    /// <summary>One more than the last value of <see cref="ConfigurationKey"/>.</summary>
    public const int Count = (int)ConfigurationKey.Firmware + 1;

    /// <summary>The key that is spelt <paramref name="name"/>; <see cref="ConfigurationKey.None"/> if there is none.</summary>
    public static ConfigurationKey Find(ReadOnlySpan<byte> name)
    {
        for (int i = 1; i < Count; i++)
        {
            if (name.SequenceEqual(NameOf((ConfigurationKey)i)))
            {
                return (ConfigurationKey)i;
            }
        }

        return ConfigurationKey.None;
    }

    /// <summary>How <paramref name="key"/> is spelt; empty for <see cref="ConfigurationKey.None"/>.</summary>
    public static ReadOnlySpan<byte> NameOf(ConfigurationKey key) => key switch
    {
        ConfigurationKey.Name => "name"u8,
        ConfigurationKey.Type => "type"u8,
        ConfigurationKey.Kernel => "kernel"u8,
        ConfigurationKey.Ramdisk => "ramdisk"u8,
        ConfigurationKey.Extra => "extra"u8,
        ConfigurationKey.CommandLine => "cmdline"u8,
        ConfigurationKey.Memory => "memory"u8,
        ConfigurationKey.Vcpus => "vcpus"u8,
        ConfigurationKey.CpuWeight => "cpu_weight"u8,
        ConfigurationKey.Cap => "cap"u8,
        ConfigurationKey.OnPoweroff => "on_poweroff"u8,
        ConfigurationKey.OnReboot => "on_reboot"u8,
        ConfigurationKey.OnCrash => "on_crash"u8,
        ConfigurationKey.Serial => "serial"u8,
        ConfigurationKey.TestDevice => "testdev"u8,
        ConfigurationKey.Cpu => "cpu"u8,
        ConfigurationKey.MsrRelaxed => "msr_relaxed"u8,
        ConfigurationKey.Viridian => "viridian"u8,
        ConfigurationKey.Disk => "disk"u8,
        ConfigurationKey.Vif => "vif"u8,
        ConfigurationKey.Boot => "boot"u8,
        ConfigurationKey.Firmware => "firmware"u8,
        _ => default,
    };
}
