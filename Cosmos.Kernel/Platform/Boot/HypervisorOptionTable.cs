using System;

namespace Multicosm.Platform.Boot;

/// <summary>The options' names, and what their values may be.</summary>
internal static class HypervisorOptionTable
{
    /// <summary>The option that is called <paramref name="name"/>; None if there is none.</summary>
    public static HypervisorOption Find(ReadOnlySpan<byte> name)
    {
        for (HypervisorOption option = 0; option < HypervisorOption.None; option++)
        {
            if (name.SequenceEqual(NameOf(option)))
            {
                return option;
            }
        }

        return HypervisorOption.None;
    }

    /// <summary>How <paramref name="option"/> is called.</summary>
    public static ReadOnlySpan<byte> NameOf(HypervisorOption option) => option switch
    {
        HypervisorOption.Serial => "serial"u8,
        HypervisorOption.Autostart => "autostart"u8,
        HypervisorOption.Vtx => "vtx"u8,
        HypervisorOption.Apicv => "apicv"u8,
        HypervisorOption.LogLevel => "loglevel"u8,
        HypervisorOption.Reboot => "reboot"u8,
        _ => default,
    };

    /// <summary>What a value of <paramref name="option"/> may be, in words; for None, what an option may be.</summary>
    public static ReadOnlySpan<byte> ExpectationOf(HypervisorOption option) => option switch
    {
        HypervisorOption.Serial => "com1, com2, 0xPORT, pci or pci:BB:DD.F, and then ,BAUD if it is not 115200 but a divisor of it"u8,
        HypervisorOption.Autostart => "yes or no"u8,
        HypervisorOption.Vtx or HypervisorOption.Apicv => "on or off"u8,
        HypervisorOption.LogLevel => "error, warning, info or debug"u8,
        HypervisorOption.Reboot => "panic or never"u8,
        _ => "serial=, autostart=, vtx=, apicv=, loglevel= or reboot="u8,
    };
}
