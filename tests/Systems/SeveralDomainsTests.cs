using System;
using System.IO;
using System.Linq;
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

    [Fact]
    public void ThreeRunAtOnceOneIsKilledAndNoConsoleShowsAnothers()
    {
        string[] names = ["one", "two", "three"];
        string iso = TestFiles.ComposeIso("three", "", DomainFile("one", 96), DomainFile("two", 96), DomainFile("three", 96));
        using TestMachine machine = new("three", new EmulatorOptions { Iso = iso, MemoryMiB = 768 }, limitSeconds: 600);
        machine.Expect(TestMachine.Prompt, 120);
        foreach (string name in names)
        {
            machine.Send("console " + name);
            string boot = machine.Expect(TestMachine.GuestMarker, 400);
            machine.Expect("# ", 30);
            Assert.Contains("domain=" + name, machine.Shell("cat /proc/cmdline"));
            machine.Send($"while sleep 1; do echo beat-{name}; done");
            machine.Expect("beat-" + name, 60); // the echo of the command
            machine.Expect("\nbeat-" + name, 60);
            Assert.Equal("", OthersBeats(boot, name, names));
            Leave(machine);
        }

        machine.Command("destroy two", 60);
        Assert.DoesNotMatch("(?m)^two ", machine.Command("list"));
        foreach (string name in new[] { "three", "one" })
        {
            machine.Send("console " + name);
            machine.Expect("of " + name, 30);
            string seen = machine.Expect("\nbeat-" + name, 60);
            for (int i = 0; i < 5; i++)
            {
                seen += machine.Expect("\nbeat-" + name, 60);
            }

            Assert.Equal("", OthersBeats(seen, name, names));
            Leave(machine);
        }

        Assert.Matches("(?s)\none .*(running|blocked).*\nthree .*(running|blocked)", machine.Command("list"));
    }

    private static void Leave(TestMachine machine)
    {
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
    }

    // Names of the other domains whose lines are in what a console showed.
    private static string OthersBeats(string text, string own, string[] names)
        => string.Join(' ', names.Where(name => name != own && text.Contains("beat-" + name, StringComparison.Ordinal)));

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
