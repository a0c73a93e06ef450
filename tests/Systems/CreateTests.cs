using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>What <c>create</c> refuses, and that the prompt survives it; domains that do not start by themselves.</summary>
public sealed class CreateTests
{
    [Fact]
    public void WhatIsWrongIsSaid()
    {
        string iso = TestFiles.ComposeIso("no-start", "autostart=no", TestFiles.DebianDomain);
        using TestMachine machine = new("create", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.DoesNotMatch("(?m)^debian ", machine.Command("list"));
        Assert.Contains("nosuch", machine.Command("create nosuch"));
        Assert.Contains("debian", machine.Command("create nosuch")); // what there is
        Assert.Contains("a number from 1 to", machine.Command("create debian memory=many"));
        Assert.Contains("unknown key 'memroy'", machine.Command("create debian memroy=3"));
        Assert.Contains("not built yet", machine.Command("create debian type=pvh vcpus=2"));
        Assert.Contains("not built yet", machine.Command("create debian type=hvm vcpus=2"));
        Assert.Contains("'pty'", machine.Command("create debian serial=stdio"));
        Assert.Contains("nix", machine.Command("create debian kernel=nix"));
        Assert.Contains("MiB", machine.Command("create debian name=huge memory=500000"));
        Assert.Contains("nobody", machine.Command("console nobody"));
        Assert.Contains("nobody", machine.Command("destroy nobody"));
        Assert.Contains("help", machine.Command("frobnicate"));
        machine.Command("create iso/domains/debian.cfg name=mine extra=console=ttyS0", 60);
        Assert.Matches("(?m)^mine .*(building|running|blocked)", machine.Command("list"));
        machine.Command("destroy mine", 60);
        Assert.DoesNotMatch("(?m)^mine .*(building|running|blocked)", machine.Command("list"));
        machine.Command("dmesg", 60);
    }

    [Fact]
    public void WhatCannotStartSaysWhyAndLeavesNothing()
    {
        using TestMachine machine = new("create-faults", new EmulatorOptions { Iso = ComposeFaults() });
        machine.Expect(TestMachine.Prompt, 120);
        machine.Command("create missing"); // the first domain's slot is made for good
        string before = Memory(machine);
        (string Command, string Said)[] faults =
        [
            ("create missing", "create: \"missing\" cannot start: kernel \"nix\" is not on this ISO\r\n"),
            ("create cut", "create: \"cut\" cannot start: kernel \"t/cut\" is cut off: it is shorter than its header says\r\n"),
            ("create elf", "create: \"elf\" cannot start: kernel \"t/elf\" is no kernel: it is neither a bzImage, nor an ELF file with a PVH entry, nor has it a multiboot header\r\n"),
            ("create broken", "create: t/broken.cfg:2: 'kernel': unterminated string '\"b', expected the closing quote on the same line\r\n"),
            ("create good memroy=64", "create: memroy=64: unknown key 'memroy', expected 'memory', which is the nearest\r\n"),
            ("create good memory=0", "create: memory=0: 'memory': unsuitable number '0', expected a number from 1 to 1048576\r\n"),
        ];
        foreach ((string command, string said) in faults)
        {
            Assert.EndsWith("\r\n" + said, machine.Command(command, 60));
            Assert.Equal(before, Memory(machine));
        }

        Assert.Matches("create: \"good\" cannot start: kernel \"t/vmlinuz\" needs, with its ramdisk, [0-9]+ MiB: give memory at least that\r\n", machine.Command("create good memory=16"));
        Assert.Matches("create: \"good\" cannot start: it needs 500000 MiB of memory and [0-9]+ MiB are free\r\n", machine.Command("create good memory=500000"));
        Assert.Equal(before, Memory(machine));

        // Beside one that runs: its name is taken, and what it has is missing.
        Assert.Contains("domain \"good\" started", machine.Command("create good", 60));
        string beside = Memory(machine);
        Assert.EndsWith("\r\ncreate: a domain called \"good\" lives already; give name=OTHER, or destroy it first\r\n", machine.Command("create good"));
        Assert.Matches("create: \"other\" cannot start: it needs 400 MiB of memory and [0-9]+ MiB are free\r\n", machine.Command("create good name=other memory=400", 60));
        Assert.Equal(beside, Memory(machine));
        machine.Command("destroy good", 60);
        Assert.Equal(before, Memory(machine));
    }

    // The composer refuses such files: here they get past it.
    private static string ComposeFaults()
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, "faults")).FullName;
        byte[] kernel = File.ReadAllBytes(Path.Combine(Repository.Out, "guests", "vmlinuz"));
        (string Name, byte[] Content)[] files =
        [
            ("good.cfg", Domain("good", "vmlinuz")), ("missing.cfg", Domain("missing", "nix")), ("cut.cfg", Domain("cut", "cut")), ("elf.cfg", Domain("elf", "elf")),
            ("broken.cfg", "name = \"broken\"\nkernel = \"b\n"u8.ToArray()),
            ("vmlinuz", kernel), ("cut", kernel[..(kernel.Length / 2)]), ("elf", [0x7F, .. "ELF"u8, .. Enumerable.Repeat((byte)0xFF, 4092)]),
        ];
        List<Module> modules = [];
        foreach ((string name, byte[] content) in files)
        {
            string path = Path.Combine(folder, name);
            File.WriteAllBytes(path, content);
            modules.Add(new Module(path, "t/" + name, name.EndsWith(".cfg", StringComparison.Ordinal)));
        }

        string output = Path.Combine(TestFiles.Folder, "faults.iso");
        BootImage.Write(
            output,
            "multiboot2",
            GrubMenu.Write("autostart=no", modules),
            [(Repository.Kernel, GrubMenu.KernelPath), .. modules.Select((module, index) => (module.Source, GrubMenu.ModulePathOf(index)))]);
        return output;
    }

    private static byte[] Domain(string name, string kernel) => Encoding.UTF8.GetBytes($"name = \"{name}\"\nmemory = 96\nkernel = \"{kernel}\"\n");

    // A domain that ended gives its memory back in steps.
    private static string Memory(TestMachine machine)
    {
        string line = "";
        for (int i = 0; i < 20; i++)
        {
            string last = line;
            line = Regex.Match(machine.Command("info"), "(?m)^memory: .* free.*$").Value;
            if (line == last)
            {
                break;
            }
        }

        return line;
    }

    [Fact]
    public void WhatIsTypedWhileACommandRunsIsKept()
    {
        string iso = TestFiles.ComposeIso("typed-ahead", "autostart=no", TestFiles.DebianDomain);
        using TestMachine machine = new("typed-ahead", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("create debian\rlist\rdestroy debian\rinfo");
        machine.Expect("VT-x: usable", 120);
        machine.Expect(TestMachine.Prompt, 30);
        machine.Press("up");
        machine.Expect("info", 30);
        machine.Press("ctrl-U");
        machine.Send("help");
        machine.Expect("console", 30);
        machine.Expect(TestMachine.Prompt, 30);
    }
}
