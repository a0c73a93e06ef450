using System.Collections.Generic;
using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;

namespace Multicosm.Benchmarks;

/// <summary>The ISOs that are measured, made in out/tests. The one domain on each is called <see cref="Domain"/> and starts by itself.</summary>
internal static class Images
{
    /// <summary>The domain's name: short, since the command that attaches to its console must fit into the FIFO that it waits in.</summary>
    public const string Domain = "g";

    /// <summary>Memory of the default guest, and of the bare machine that it is compared with, in MiB.</summary>
    public const int GuestMiB = 128;

    /// <summary>Memory of a micro guest, in MiB.</summary>
    public const int MicroMiB = 16;

    /// <summary>Memory of the PC under the hypervisor, in MiB.</summary>
    public const int HostMiB = 512;

    // $1 = folder, $2 = the archive that it is added to, $3 = output: the same bytes each time
    private const string PackCommand = """
        cd "$1"
        chmod 755 bin/*
        touch -d @0 bin/*
        { cat "$2"; printf 'bin/costs\nbin/gcost\n' | cpio --quiet --reproducible -o -H newc -R 0:0 | gzip -n; } > "$3"
        """;

    private static string Kernel => Path.Combine(Repository.Out, "guests", "vmlinuz");

    private static string Ramdisk => Path.Combine(Repository.Out, "guests", "initramfs.gz");

    /// <summary>The hypervisor with the default guest.</summary>
    public static string Debian() => ComposeLinux("bench-debian", Ramdisk, TestFiles.FastCommandLine, Repository.Kernel);

    /// <summary>The same with a stub in place of the hypervisor.</summary>
    public static string HypervisorStub()
    {
        string stub = TestFile("bench-stub.elf");
        File.WriteAllBytes(stub, Stub.OfElf(File.ReadAllBytes(Repository.Kernel)));
        return ComposeLinux("bench-hypervisor-stub", Ramdisk, TestFiles.FastCommandLine, stub);
    }

    /// <summary>The same kernel, initrd and options through GRUB.</summary>
    public static string Bare() => ComposeBare("bench-bare", Kernel, Ramdisk, TestFiles.FastCommandLine);

    /// <summary>The same with a stub in place of the kernel.</summary>
    public static string BareStub()
    {
        string stub = TestFile("bench-stub.vmlinuz");
        File.WriteAllBytes(stub, Stub.OfLinux(File.ReadAllBytes(Kernel)));
        return ComposeBare("bench-bare-stub", stub, Ramdisk, TestFiles.FastCommandLine);
    }

    /// <summary>The hypervisor with the default guest, which runs gcost.c and powers off.</summary>
    public static string Costs() => ComposeLinux("bench-costs", CostsRamdisk(), CostsCommandLine, Repository.Kernel);

    /// <summary>The same, paravirtual, with the options that the peer's figures were taken with.</summary>
    public static string ParavirtCosts()
        => Compose("bench-pv-costs", LinuxLines(CostsRamdisk(), ParavirtCommandLine), Repository.Kernel, [Domain], start: true, "pv");

    /// <summary>That guest on the bare machine.</summary>
    public static string BareCosts() => ComposeBare("bench-bare-costs", Kernel, CostsRamdisk(), CostsCommandLine);

    /// <summary>The hypervisor with the micro guest <paramref name="guest"/>.</summary>
    public static string Micro(string guest) => Micro(guest, "bench-" + guest, [Domain]);

    /// <summary>The hypervisor with a domain of the micro guest <paramref name="guest"/> for each of <paramref name="domains"/>; <paramref name="start"/> tells whether they start by themselves; <paramref name="type"/> is hvm or pv; <paramref name="options"/> are the hypervisor's.</summary>
    public static string Micro(string guest, string name, string[] domains, bool start = true, string type = "hvm", string options = "")
    {
        string sources = Path.Combine(Repository.Root, "tests", "Guests");
        string image = TestFile($"bench-{guest}.bin");
        Tool.Run("nasm", ["-w+error", "-f", "bin", $"-I{sources}/", Path.Combine(sources, guest, "guest.asm"), "-o", image]);
        return Compose(name, $"memory = {MicroMiB}\nkernel = \"{image}\"\n", Repository.Kernel, domains, start, type, options);
    }

    private static string ParavirtCommandLine => "console=hvc0 quiet panic=-1 nokaslr mitigations=off run=/bin/costs";

    private static string CostsCommandLine => TestFiles.FastCommandLine + " run=/bin/costs";

    // The kernel unpacks archives that follow each other one after the other. The guest may only power off when the line has sent all.
    private static string CostsRamdisk()
    {
        string root = Directory.CreateDirectory(TestFile("bench-ramdisk")).FullName;
        string output = TestFile("bench-initramfs.gz");
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        Tool.Run("gcc", ["-O2", "-static", "-o", Path.Combine(root, "bin", "gcost"), Path.Combine(Repository.Root, "tests", "Benchmarks", "gcost.c")]);
        File.WriteAllText(Path.Combine(root, "bin", "costs"), "#!/bin/sh\ngcost\nsleep 1\n");
        Tool.Run("/bin/sh", ["-ec", PackCommand, "sh", root, Ramdisk, output]);
        return output;
    }

    private static string ComposeLinux(string name, string ramdisk, string commandLine, string hypervisor)
        => Compose(name, LinuxLines(ramdisk, commandLine), hypervisor, [Domain], start: true);

    private static string LinuxLines(string ramdisk, string commandLine)
        => $"memory = {GuestMiB}\nkernel = \"{Kernel}\"\nramdisk = \"{ramdisk}\"\nextra = \"{commandLine}\"\n";

    private static string Compose(string name, string configuration, string hypervisor, string[] domains, bool start, string type = "hvm", string options = "")
    {
        string output = TestFile(name + ".iso");
        List<string> files = [.. domains.Select(domain => TestFile($"{name}-{domain}.cfg"))];
        foreach ((string domain, string file) in domains.Zip(files))
        {
            File.WriteAllText(file, $"name = \"{domain}\"\ntype = \"{type}\"\n{configuration}");
        }

        IsoComposer.Compose(new ComposeRequest { DomainFiles = files, Output = output, Kernel = hypervisor, Start = start, Options = options });
        return output;
    }

    private static string ComposeBare(string name, string kernel, string ramdisk, string commandLine)
    {
        string output = TestFile(name + ".iso");
        BootImage.Write(
            output,
            "linux",
            $"linux /boot/vmlinuz {commandLine}\ninitrd /boot/initramfs.gz\nboot\n",
            [(kernel, "/boot/vmlinuz"), (ramdisk, "/boot/initramfs.gz")]);
        return output;
    }

    private static string TestFile(string name) => Path.Combine(TestFiles.Folder, name);
}
