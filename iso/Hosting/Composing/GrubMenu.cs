using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Multicosm.Machine;

namespace Multicosm.Hosting.Composing;

/// <summary>
/// The boot loader's script. It boots at once, but Esc brings up a menu, whose entry can be edited: a BIOS keeps the key that was pressed
/// before; under UEFI, which does not, the boot loader waits for <see cref="EfiWait"/>.
/// </summary>
public static class GrubMenu
{
    /// <summary>Where the hypervisor is on the ISO.</summary>
    public const string KernelPath = "/boot/multicosm.elf";

    /// <summary>What the boot loader's own script sets under UEFI: one second for Esc.</summary>
    internal const string EfiWait = "set wait=1";

    private const string Head = """
        set timeout=0$wait
        set timeout_style=hidden
        menuentry "Multicosm" {

        """;

    // A BIOS' text mode stays: the kernel would take a frame buffer too, and GRUB 2.06 crashes in some BIOSes when it looks for one.
    private const string Foot = """
        if [ "$grub_platform" = pc ]; then set gfxpayload=text; fi
        }

        """;

    /// <summary>Where module number <paramref name="index"/> is on the ISO.</summary>
    public static string ModulePathOf(int index) => "/modules/" + index.ToString("D3", CultureInfo.InvariantCulture);

    /// <summary>The script's text.</summary>
    public static string Write(string options, IReadOnlyList<Module> modules)
    {
        StringBuilder text = new(Head + "multiboot2 " + KernelPath);
        foreach (string option in options.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            _ = text.Append(" '").Append(CheckOption(option)).Append('\''); // builds on
        }

        _ = text.Append('\n'); // builds on
        for (int i = 0; i < modules.Count; i++)
        {
            _ = text.Append("module2 ").Append(ModulePathOf(i)).Append(' ').Append(LabelOf(modules[i])).Append('\n'); // builds on
        }

        return text.Append(Foot).ToString();
    }

    private static string LabelOf(Module module)
    {
        byte[] name = Encoding.UTF8.GetBytes(module.Name);
        byte[] label = new byte[(name.Length * 3) + 16];
        return ModuleLabel.TryWrite(name, module.IsDomainFile, label, out int length)
            ? Encoding.ASCII.GetString(label, 0, length)
            : throw new InvalidOperationException("three bytes for each of a name are enough");
    }

    // GRUB would add backslashes to these on the way to the kernel.
    private static string CheckOption(string option)
    {
        foreach (char letter in option)
        {
            if (letter is <= ' ' or > '~' or '\'' or '"' or '\\')
            {
                throw new HostException(ExitCode.Usage, $"--append: '{option}' has a character that the boot loader does not pass on");
            }
        }

        return option;
    }
}
