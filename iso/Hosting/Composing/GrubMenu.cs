using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Multicosm.Domains.Configuration;

namespace Multicosm.Hosting.Composing;

/// <summary>The boot loader's script: no menu, it boots at once.</summary>
public static class GrubMenu
{
    /// <summary>Where the hypervisor is on the ISO.</summary>
    public const string KernelPath = "/boot/multicosm.elf";

    /// <summary>Where module number <paramref name="index"/> is on the ISO.</summary>
    public static string ModulePathOf(int index) => "/modules/" + index.ToString("D3", CultureInfo.InvariantCulture);

    /// <summary>The script's text.</summary>
    public static string Write(string options, IReadOnlyList<Module> modules)
    {
        StringBuilder text = new("multiboot2 " + KernelPath);
        foreach (string option in options.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            _ = text.Append(" '").Append(CheckOption(option)).Append('\''); // builds on
        }

        _ = text.Append('\n'); // builds on
        for (int i = 0; i < modules.Count; i++)
        {
            _ = text.Append("module2 ").Append(ModulePathOf(i)).Append(' ').Append(LabelOf(modules[i])).Append('\n'); // builds on
        }

        return text.Append("boot\n").ToString();
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
