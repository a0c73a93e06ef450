using System.IO;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Debian's generic kernel, made for real PCs, unpacking itself: XZ payload, all drivers built in, and the same initramfs; by ./test long. By its PVH entry it is among <see cref="StockGuestTests"/>.</summary>
public sealed class GenericKernelTests
{
    [Fact(Explicit = true)]
    public void TheGenericKernelReachesItsShellAndPowersOff()
    {
        string path = Path.Combine(TestFiles.Folder, "generic.cfg");
        File.WriteAllText(path, $"""
            name = "generic"
            type = "auto"
            memory = 192
            kernel = "../guests/vmlinuz-generic"
            ramdisk = "../guests/initramfs.gz"
            extra = "{TestFiles.FastCommandLine}"
            """);
        string iso = TestFiles.ComposeIso("generic", "", path);
        using TestMachine machine = new("generic", new EmulatorOptions { Iso = iso }, limitSeconds: 600);
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("console generic");
        machine.Expect(TestMachine.GuestMarker, 500);
        machine.Expect("# ", 60);
        string release = machine.Shell("uname -r");
        Assert.Matches(@"6\.1\.\d+-\d+-amd64", release);
        Assert.DoesNotContain("cloud", release);
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
    }
}
