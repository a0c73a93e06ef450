using System.IO;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>An ISO with several domains: each is registered before the first prompt, and one that cannot start stops nobody.</summary>
public sealed class SeveralDomainsTests
{
    [Fact]
    public void AllStartInOrderButTheOneThatCannot()
    {
        string iso = TestFiles.ComposeIso("several", "", DomainFile("first", 96), DomainFile("toolarge", 4096), DomainFile("second", 112));
        using TestMachine machine = new("several", new EmulatorOptions { Iso = iso }, limitSeconds: 420);
        machine.Expect(TestMachine.Prompt, 120);

        // At once: the second may still be building.
        machine.Send("console second");
        machine.Expect(TestMachine.GuestMarker, 240);
        machine.Expect("# ", 30);
        Assert.Contains("second", machine.Shell("cat /proc/cmdline"));
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Matches("(?s)\nfirst .*(running|blocked).*\ntoolarge .*ended.*4096.*\nsecond .*(running|blocked)", machine.Command("list"));
        machine.Send("console first");
        machine.Expect(TestMachine.GuestMarker, 240);
        machine.Expect("# ", 30);
        Assert.Contains("first", machine.Shell("cat /proc/cmdline"));

        // One ends, the other goes on.
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
        machine.Send("console second");
        machine.Expect(TestMachine.GuestMarker, 60);
        machine.Expect("# ", 30);
        Assert.Contains("Linux", machine.Shell("uname"));
    }

    private static string DomainFile(string name, int memory)
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, "several-domains")).FullName;
        string path = Path.Combine(folder, name + ".cfg");
        File.WriteAllText(path, $"""
            name = "{name}"
            type = "hvm"
            memory = {memory}
            kernel = "../../guests/vmlinuz"
            ramdisk = "../../guests/initramfs.gz"
            extra = "{TestFiles.FastCommandLine} domain={name}"
            """);
        return path;
    }
}
