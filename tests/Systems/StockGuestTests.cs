using System.IO;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Debian's kernel for 32-bit PCs by both its entries, the generic kernel by its PVH entry, and Memtest86+, one after the other on one PC.</summary>
public sealed class StockGuestTests
{
    private const string LeaveKey = "\x1d";

    [Fact]
    public void OtherStockGuestsRun()
    {
        string iso = TestFiles.ComposeIso(
            "stock",
            "autostart=no",
            Linux("l686", "hvm", "vmlinuz-686", "initramfs-686.gz"),
            Linux("p686", "pvh", "vmlinuz-686", "initramfs-686.gz"),
            Linux("pgeneric", "pvh", "vmlinuz-generic", "initramfs.gz"),
            Write("memtest", "type = \"hvm\"\nmemory = 64\nkernel = \"../guests/memtest.bin\"\nextra = \"console=ttyS0,115200\"\n"));
        using TestMachine machine = new("stock", new EmulatorOptions { Iso = iso }, limitSeconds: 900);
        machine.Expect(TestMachine.Prompt, 120);
        RunLinux(machine, "l686", "686-pae", "i686", "0x020f");
        RunLinux(machine, "p686", "686-pae", "i686", "0x020c"); // the version that the kernel's PVH entry makes up
        RunLinux(machine, "pgeneric", "-amd64", "x86_64", "0x020c");
        RunMemtest(machine);
    }

    private static void RunLinux(TestMachine machine, string name, string flavour, string architecture, string bootProtocol)
    {
        _ = machine.Command("create " + name);
        machine.Send("console " + name);
        machine.Expect(TestMachine.GuestMarker, 300);
        machine.Expect("# ", 60);
        string kernel = machine.Shell("uname -rm; cat /sys/kernel/boot_params/version");
        Assert.Contains(flavour, kernel);
        Assert.Contains(architecture, kernel);
        Assert.Contains(bootProtocol, kernel);
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
    }

    // It draws its screen on the serial line. Two of its tests over all of the memory are enough.
    private static void RunMemtest(TestMachine machine)
    {
        _ = machine.Command("create memtest");
        machine.Send("console memtest");
        machine.Expect("Memtest86+ v6.10", 60);
        machine.Expect("Intel(R) Core(TM) i7-4770", 60);
        machine.Expect("[Address test, walking ones", 120);
        machine.Expect("[Moving inversions, 8 bit pattern]", 300);
        machine.Expect("of 63.6MB]", 60);
        machine.Expect("Pass:  0        Errors: 0 ", 60);
        machine.Send(LeaveKey);
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Contains("running", machine.Command("list"));
    }

    private static string Linux(string name, string type, string kernel, string ramdisk) => Write(
        name,
        $"type = \"{type}\"\nmemory = 128\nkernel = \"../guests/{kernel}\"\nramdisk = \"../guests/{ramdisk}\"\nextra = \"{TestFiles.FastCommandLine}\"\n");

    private static string Write(string name, string lines)
    {
        string path = Path.Combine(TestFiles.Folder, name + ".cfg");
        File.WriteAllText(path, $"name = \"{name}\"\n{lines}");
        return path;
    }
}
