using System;
using Multicosm.Machine;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Boot;

/// <summary>The options on the hypervisor's command line, NAME=VALUE separated by blanks; of an option given twice the last one stands.</summary>
public struct HypervisorOptions
{
    /// <summary>Where the operator's serial line is.</summary>
    public SerialSetting Serial;

    /// <summary>The least important lines of the log that the console shows.</summary>
    public LogLevel ConsoleLevel;

    /// <summary>Domains on the ISO start at boot.</summary>
    public bool Autostart;

    /// <summary>VT-x is used where it is usable.</summary>
    public bool UsesVtx;

    /// <summary>APIC virtualisation is used where VT-x has it.</summary>
    public bool UsesApicv;

    /// <summary>A panic ends with a reset of the PC, not with its standstill.</summary>
    public bool ResetsAfterPanic;

    /// <summary>What stands without any option.</summary>
    public static HypervisorOptions Default => new()
    {
        Serial = SerialSetting.Default,
        ConsoleLevel = LogLevel.Warning,
        Autostart = true,
        UsesVtx = true,
        UsesApicv = false, // Bochs 2.7 delivers a virtual interrupt in spite of IF = 0 when a host interrupt waits, and Linux crashes
    };

    /// <summary>
    /// Reads <paramref name="commandLine"/>. An option that is not known, or whose value is not, is left out and told to
    /// <paramref name="problems"/>, with what was expected; null for those who only want to know the rest.
    /// </summary>
    public static HypervisorOptions Parse(ReadOnlySpan<byte> commandLine, TextOutput? problems)
    {
        HypervisorOptions options = Default;
        while (commandLine.Length != 0)
        {
            int end = commandLine.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? commandLine : commandLine[..end];
            commandLine = end < 0 ? default : commandLine[(end + 1)..];
            if (word.Length != 0 && !options.TrySet(word, out HypervisorOption option) && problems is not null)
            {
                Report(problems, word, option);
            }
        }

        return options;
    }

    private bool TrySet(ReadOnlySpan<byte> word, out HypervisorOption option)
    {
        int equals = word.IndexOf((byte)'=');
        option = equals < 0 ? HypervisorOption.None : HypervisorOptionTable.Find(word[..equals]);
        ReadOnlySpan<byte> value = word[(equals + 1)..];
        return option switch
        {
            HypervisorOption.Serial => SerialSetting.TryParse(value, ref Serial),
            HypervisorOption.Autostart => TryChoose(value, "yes"u8, "no"u8, ref Autostart),
            HypervisorOption.Vtx => TryChoose(value, "on"u8, "off"u8, ref UsesVtx),
            HypervisorOption.Apicv => TryChoose(value, "on"u8, "off"u8, ref UsesApicv),
            HypervisorOption.LogLevel => TrySetLevel(value),
            HypervisorOption.Reboot => TryChoose(value, "panic"u8, "never"u8, ref ResetsAfterPanic),
            _ => false,
        };
    }

    private static bool TryChoose(ReadOnlySpan<byte> value, ReadOnlySpan<byte> yes, ReadOnlySpan<byte> no, ref bool target)
    {
        bool isYes = value.SequenceEqual(yes);
        bool known = isYes || value.SequenceEqual(no);
        target = known ? isYes : target;
        return known;
    }

    private bool TrySetLevel(ReadOnlySpan<byte> value)
    {
        for (LogLevel level = LogLevel.Error; level <= LogLevel.Debug; level++)
        {
            if (value.SequenceEqual(NameOf(level)))
            {
                ConsoleLevel = level;
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> NameOf(LogLevel level) => level switch
    {
        LogLevel.Error => "error"u8,
        LogLevel.Warning => "warning"u8,
        LogLevel.Info => "info"u8,
        _ => "debug"u8,
    };

    private static void Report(TextOutput problems, ReadOnlySpan<byte> word, HypervisorOption option)
    {
        problems.Write(option == HypervisorOption.None ? "unknown hypervisor option ignored: "u8 : "hypervisor option ignored: "u8);
        problems.Write(word);
        problems.Write(": expected "u8);
        problems.WriteLine(HypervisorOptionTable.ExpectationOf(option));
    }
}
