using System;
using Multicosm.Machine;

namespace Multicosm.Entry;

/// <summary>The options on the hypervisor's command line, separated by blanks.</summary>
internal struct HypervisorOptions
{
    /// <summary>Domains on the ISO start at boot.</summary>
    public bool Autostart;

    /// <summary>Reads <paramref name="commandLine"/>; an option that is not known is reported to <paramref name="log"/> and ignored.</summary>
    public static HypervisorOptions Parse(ReadOnlySpan<byte> commandLine, TextOutput log)
    {
        HypervisorOptions options = new() { Autostart = true };
        while (commandLine.Length != 0)
        {
            int end = commandLine.IndexOf((byte)' ');
            ReadOnlySpan<byte> option = end < 0 ? commandLine : commandLine[..end];
            commandLine = end < 0 ? default : commandLine[(end + 1)..];
            if (option.SequenceEqual("autostart=no"u8))
            {
                options.Autostart = false;
            }
            else if (option.Length != 0 && !option.SequenceEqual("autostart=yes"u8))
            {
                log.Write("unknown hypervisor option ignored: "u8);
                log.WriteLine(option);
            }
        }

        return options;
    }
}
