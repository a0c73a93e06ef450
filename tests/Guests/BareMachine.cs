using System.Collections.Generic;
using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;
using Multicosm.Hosting.Emulation;

namespace Multicosm.Guests;

/// <summary>The machine without a hypervisor: micro guests run on it one after the other, from a kernel that GRUB starts (bare.asm).</summary>
internal static class BareMachine
{
    private const string End = "ALL-GUESTS-DONE";

    /// <summary>What <paramref name="guests"/> print there.</summary>
    public static string Run(string name, IEnumerable<string> guests, int seconds)
    {
        using TestMachine machine = new(name, new EmulatorOptions { Iso = ComposeIso(name, guests) });
        return machine.Expect(End, seconds);
    }

    private static string ComposeIso(string name, IEnumerable<string> guests)
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, name)).FullName;
        string kernel = Path.Combine(folder, "bare.bin");
        string output = Path.Combine(TestFiles.Folder, name + ".iso");
        File.WriteAllLines(Path.Combine(folder, "list.inc"), guests.Select(guest => $"guest \"{MicroGuest.AssembleImage(folder, guest)}\""));
        Tool.Run("nasm", ["-w+error", "-f", "bin", $"-I{folder}/", Path.Combine(MicroGuest.Sources, "bare.asm"), "-o", kernel]);
        BootImage.Write(output, "linux", "linux /boot/guests\nboot\n", [(kernel, "/boot/guests")]);
        return output;
    }
}
