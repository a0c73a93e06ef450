using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;

namespace Multicosm.Guests;

/// <summary>Micro guests: one folder each, assembled here, with a domain file made for each.</summary>
internal static class MicroGuest
{
    /// <summary>Where their folders are.</summary>
    public static string Sources { get; } = Path.Combine(Repository.Root, "tests", "Guests");

    /// <summary>An ISO of these micro guests, none of which starts by itself; <paramref name="options"/> are the hypervisor's.</summary>
    public static string ComposeIso(string name, string kernel, IEnumerable<string> guests, string options = "")
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, name)).FullName;
        string output = Path.Combine(TestFiles.Folder, name + ".iso");
        List<string> domains = guests.Select(guest => Assemble(folder, guest)).ToList();
        IsoComposer.Compose(new ComposeRequest { DomainFiles = domains, Output = output, Kernel = kernel, Start = false, Options = options });
        return output;
    }

    /// <summary>Assembles a micro guest into <paramref name="folder"/> and gives the file.</summary>
    public static string AssembleImage(string folder, string guest)
    {
        string image = Path.Combine(folder, guest + ".bin");
        Tool.Run("nasm", ["-w+error", "-f", "bin", $"-I{Sources}/", Path.Combine(Sources, guest, "guest.asm"), "-o", image]);
        return image;
    }

    // One whose name begins with pv- is a paravirtual kernel. What else its domain file says may stand beside it.
    private static string Assemble(string folder, string guest)
    {
        string type = guest.StartsWith("pv-", StringComparison.Ordinal) ? "pv" : "hvm";
        string domain = Path.Combine(folder, guest + ".cfg");
        _ = AssembleImage(folder, guest); // the domain file names it
        string more = Path.Combine(Sources, guest, "domain.cfg");
        string lines = File.Exists(more) ? File.ReadAllText(more) : "";
        File.WriteAllText(domain, $"name = \"{guest}\"\ntype = \"{type}\"\nmemory = 16\nkernel = \"{guest}.bin\"\n{lines}");
        return domain;
    }
}
