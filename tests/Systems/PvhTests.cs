using System.IO;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The default guest's kernel, entered as PVH guests are: from the ELF file in its bzImage.</summary>
public sealed class PvhTests
{
    [Fact]
    public void TheDefaultKernelStartsByItsPvhEntry()
    {
        string path = Path.Combine(TestFiles.Folder, "pvh.cfg");
        File.WriteAllText(path, $"""
            name = "pvh"
            type = "pvh"
            memory = 128
            kernel = "../guests/vmlinuz"
            ramdisk = "../guests/initramfs.gz"
            extra = "{TestFiles.FastCommandLine}"
            """);
        string iso = TestFiles.ComposeIso("pvh", "", path);
        using TestMachine machine = new("pvh", new EmulatorOptions { Iso = iso }, limitSeconds: 600);
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("console pvh");
        machine.Expect(TestMachine.GuestMarker, 500);
        machine.Expect("# ", 60);
        Assert.Contains("0x020c", machine.Shell("mount -t sysfs s /sys; cat /sys/kernel/boot_params/version")); // what the kernel's PVH entry says; the bzImage has a newer one
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
    }
}
