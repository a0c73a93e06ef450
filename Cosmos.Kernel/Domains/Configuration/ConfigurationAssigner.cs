using System;
using Multicosm.Domains.Policy;
using Multicosm.Domains.Scheduling;

namespace Multicosm.Domains.Configuration;

/// <summary>Puts a value where its key belongs, if it is one that the key may have.</summary>
internal static class ConfigurationAssigner
{
    /// <summary>Sets <paramref name="key"/>; on any result but Success nothing has changed.</summary>
    public static ConfigurationStatus Assign(DomainConfiguration into, ConfigurationKey key, ConfigurationValue value)
    {
        if (key == ConfigurationKey.Viridian && value.IsList)
        {
            into.HasViridian = value.Count > 0;
            return ConfigurationStatus.Success;
        }

        bool wantsList = key is ConfigurationKey.Disk or ConfigurationKey.Vif;
        if (value.IsList != wantsList)
        {
            return wantsList ? ConfigurationStatus.ExpectedList : ConfigurationStatus.ExpectedString;
        }

        return key switch
        {
            ConfigurationKey.Name => AssignName(into, value.Text),
            ConfigurationKey.Kernel => AssignPath(into.Kernel, value.Text),
            ConfigurationKey.Ramdisk => AssignPath(into.Ramdisk, value.Text),
            ConfigurationKey.Extra => AssignText(into.Extra, value.Text),
            ConfigurationKey.CommandLine => AssignText(into.CommandLine, value.Text),
            ConfigurationKey.Boot or ConfigurationKey.Firmware => ConfigurationStatus.Success,
            ConfigurationKey.Serial => value.Text.SequenceEqual("pty"u8) ? ConfigurationStatus.Success : ConfigurationStatus.UnknownWord,
            ConfigurationKey.Disk or ConfigurationKey.Vif => AssignCount(into, key, value.Count),
            ConfigurationKey.Memory or ConfigurationKey.Vcpus or ConfigurationKey.CpuWeight or ConfigurationKey.Cap or ConfigurationKey.TestDevice => AssignNumber(into, key, value.Text),
            ConfigurationKey.MsrRelaxed or ConfigurationKey.Viridian => AssignSwitch(into, key, value.Text),
            ConfigurationKey.Cpu => AssignCpu(into, value.Text),
            ConfigurationKey.Type => AssignType(into, value.Text),
            ConfigurationKey.OnPoweroff or ConfigurationKey.OnReboot or ConfigurationKey.OnCrash => AssignAction(into, key, value.Text),
            _ => ConfigurationStatus.UnknownKey,
        };
    }

    /// <summary>True if a domain may be called <paramref name="value"/>, which is not empty: letters, digits and . _ + -, the last not first.</summary>
    public static bool IsName(ReadOnlySpan<byte> value)
    {
        bool isName = !value.IsEmpty;
        for (int i = 0; i < value.Length; i++)
        {
            bool allowed = value[i] is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9')
                or (byte)'.' or (byte)'_' or (byte)'+' or (byte)'-';
            isName &= allowed && (i > 0 || value[i] != '-');
        }

        return isName;
    }

    private static ConfigurationStatus AssignName(DomainConfiguration into, ReadOnlySpan<byte> value)
        => value.IsEmpty || IsName(value) ? AssignPath(into.Name, value) : ConfigurationStatus.InvalidName;

    private static ConfigurationStatus AssignPath(ConfigurationText into, ReadOnlySpan<byte> value)
        => value.IsEmpty ? ConfigurationStatus.EmptyValue : AssignText(into, value);

    private static ConfigurationStatus AssignText(ConfigurationText into, ReadOnlySpan<byte> value)
        => into.TrySet(value) ? ConfigurationStatus.Success : ConfigurationStatus.ValueTooLong;

    private static ConfigurationStatus AssignCount(DomainConfiguration into, ConfigurationKey key, int count)
    {
        if (key == ConfigurationKey.Disk)
        {
            into.DiskCount = count;
        }
        else
        {
            into.VifCount = count;
        }

        return ConfigurationStatus.Success;
    }

    private static ConfigurationStatus AssignNumber(DomainConfiguration into, ConfigurationKey key, ReadOnlySpan<byte> text)
    {
        if (!ConfigurationNumber.TryParse(text, out uint value) || value < LeastOf(key) || value > MostOf(key))
        {
            return ConfigurationStatus.InvalidNumber;
        }

        switch (key)
        {
            case ConfigurationKey.Memory:
                into.MemoryMiB = value;
                break;
            case ConfigurationKey.Vcpus:
                into.Vcpus = value;
                break;
            case ConfigurationKey.CpuWeight:
                into.CpuWeight = value;
                break;
            case ConfigurationKey.TestDevice:
                into.HasTestDevice = value != 0;
                into.HasTestMemory = value == 2;
                break;
            default:
                into.CapPercent = value;
                break;
        }

        return ConfigurationStatus.Success;
    }

    /// <summary>The lowest number that <paramref name="key"/> may have.</summary>
    public static uint LeastOf(ConfigurationKey key) => key is ConfigurationKey.Cap or ConfigurationKey.TestDevice || IsSwitch(key) ? 0u : 1u;

    /// <summary>The highest number that <paramref name="key"/> may have.</summary>
    public static uint MostOf(ConfigurationKey key) => key switch
    {
        ConfigurationKey.Memory => DomainConfiguration.MaximumMemoryMiB,
        ConfigurationKey.CpuWeight => SchedulingUnit.MaximumWeight,
        ConfigurationKey.Cap => DomainConfiguration.MaximumCap,
        _ when IsSwitch(key) => 1,
        ConfigurationKey.TestDevice => 2,
        _ => DomainConfiguration.MaximumVcpus,
    };

    private static bool IsSwitch(ConfigurationKey key) => key is ConfigurationKey.MsrRelaxed or ConfigurationKey.Viridian;

    private static ConfigurationStatus AssignSwitch(DomainConfiguration into, ConfigurationKey key, ReadOnlySpan<byte> text)
    {
        if (!ConfigurationNumber.TryParse(text, out uint value) || value > 1)
        {
            return ConfigurationStatus.InvalidNumber;
        }

        if (key == ConfigurationKey.MsrRelaxed)
        {
            into.HasRelaxedMsrs = value == 1;
        }
        else
        {
            into.HasViridian = value == 1;
        }

        return ConfigurationStatus.Success;
    }

    private static ConfigurationStatus AssignCpu(DomainConfiguration into, ReadOnlySpan<byte> value)
    {
        if (!CpuModels.TryFind(value, out CpuModel model))
        {
            return ConfigurationStatus.UnknownWord;
        }

        into.Cpu = model;
        return ConfigurationStatus.Success;
    }

    private static ConfigurationStatus AssignType(DomainConfiguration into, ReadOnlySpan<byte> value)
    {
        if (value.SequenceEqual("auto"u8))
        {
            into.Type = DomainType.Auto;
        }
        else if (value.SequenceEqual("hvm"u8))
        {
            into.Type = DomainType.Hvm;
        }
        else if (value.SequenceEqual("pvh"u8))
        {
            into.Type = DomainType.Pvh;
        }
        else if (value.SequenceEqual("pv"u8))
        {
            into.Type = DomainType.Pv;
        }
        else
        {
            return ConfigurationStatus.UnknownWord;
        }

        return ConfigurationStatus.Success;
    }

    private static ConfigurationStatus AssignAction(DomainConfiguration into, ConfigurationKey key, ReadOnlySpan<byte> value)
    {
        DomainEndAction action;
        if (value.SequenceEqual("destroy"u8))
        {
            action = DomainEndAction.Destroy;
        }
        else if (value.SequenceEqual("restart"u8))
        {
            action = DomainEndAction.Restart;
        }
        else if (value.SequenceEqual("preserve"u8))
        {
            action = DomainEndAction.Preserve;
        }
        else
        {
            return ConfigurationStatus.UnknownWord;
        }

        switch (key)
        {
            case ConfigurationKey.OnPoweroff:
                into.OnPoweroff = action;
                break;
            case ConfigurationKey.OnReboot:
                into.OnReboot = action;
                break;
            default:
                into.OnCrash = action;
                break;
        }

        return ConfigurationStatus.Success;
    }
}
