using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The hypervisor's own options, which the boot loader passes on.</summary>
public sealed class HostOptionTests
{
    [Fact]
    public void VtxCanBeSwitchedOff()
    {
        string iso = TestFiles.ComposeIso("option-vtx", "vtx=off", TestFiles.DebianDomain);
        using TestMachine machine = new("option-vtx", new EmulatorOptions { Iso = iso });
        Assert.DoesNotContain("VT-x:", machine.Expect(TestMachine.Prompt, 120)); // who switches it off knows
        Assert.Matches(@"(?m)^VT-x: not usable \(switched off by vtx=off\)\r?$", machine.Command("info"));
        Assert.Matches("(?m)^debian .*switched off by vtx=off", machine.Command("list"));
    }

    [Fact]
    public void WhatIsWrongIsSaidAndTheRestStands()
    {
        using TestMachine machine = Boot("option-wrong", "frob vtx=perhaps serial=com7 loglevel=info");
        string start = machine.Expect("\"help\" shows", 120);
        Assert.Contains("unknown hypervisor option ignored: frob: expected serial=, autostart=", start);
        Assert.Contains("hypervisor option ignored: vtx=perhaps: expected on or off", start);
        Assert.Contains("hypervisor option ignored: serial=com7: expected com1, com2, 0xPORT, pci", start);
        Assert.Contains("ACPI: ", start); // loglevel=info
        machine.Expect(TestMachine.Prompt);
        Assert.Contains("ignored: vtx=perhaps", machine.Command("dmesg"));
    }

    [Fact]
    public void WithoutOptionsTheLogStaysOffTheConsoleButIsKept()
    {
        using TestMachine machine = Boot("option-none", "");
        string start = machine.Expect("\"help\" shows", 120);
        Assert.DoesNotContain("ACPI: ", start);
        Assert.Contains("VT-x: no VMX", start); // a warning
        machine.Expect(TestMachine.Prompt);
        Assert.Contains("ACPI: ", machine.Command("dmesg"));
    }

    [Theory]
    [InlineData("com1,38400", "port 0x3f8, 38400 baud", "-serial", "chardev:line")]
    [InlineData("com2", "port 0x2f8, 115200 baud", "-serial", "null", "-serial", "chardev:line")]
    [InlineData("com2,9600", "port 0x2f8, 9600 baud", "-serial", "null", "-serial", "chardev:line")]
    [InlineData("0x3e8", "port 0x3e8, 115200 baud", "-serial", "null", "-serial", "null", "-serial", "chardev:line")]
    [InlineData("pci", "port 0x[0-9a-f]{4}, 115200 baud", "-serial", "null", "-device", "pci-serial,chardev=line")]
    [InlineData("pci:00:07.0,57600", "port 0x[0-9a-f]{4}, 57600 baud", "-device", "pci-serial,chardev=line,addr=7")]
    public void TheSerialLineIsWhereItShouldBe(string value, string described, params string[] device)
    {
        string name = "option-serial-" + value.Replace(':', '-').Replace(',', '-');
        using TestMachine machine = Boot(name, "serial=" + value, device);
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Matches("(?m)^serial line: " + described + "\r?$", machine.Command("info"));
        string help = machine.Command("help");
        Assert.All((string[])["help", "list", "create", "destroy", "console", "dmesg", "info", "host"], verb => Assert.Contains(verb, help));
        machine.Send("host poweroff -f");
        Assert.Equal(EmulatorEnd.PoweredOff, machine.WaitForEnd(60));
    }

    [Fact]
    public void WithoutSuchACardThePromptIsOnCom1()
    {
        using TestMachine machine = Boot("option-serial-none", "serial=pci");
        Assert.Contains("serial=pci: there is no such card with registers in I/O space; COM1 is used", machine.Expect("\"help\" shows", 120));
        machine.Expect(TestMachine.Prompt);
        Assert.Contains("serial line: port 0x3f8, 115200 baud", machine.Command("info"));
    }

    [Theory]
    [InlineData("0x2a0", "port 0x2a0")] // where nothing is, all reads are ones
    [InlineData("com2,9600", "port 0x2f8")]
    [InlineData("0x2a0,9600", "port 0x2a0", "-serial", "chardev:line", "-device", "isa-debug-exit,iobase=0x2a5,iosize=1")] // whose status reads as zeros
    public void WithoutAUartThereThePromptIsOnCom1(string value, string port, params string[] device)
    {
        string name = "option-no-uart-" + value.Replace(',', '-') + (device.Length == 0 ? "" : "-zeros");
        using TestMachine machine = Boot(name, "serial=" + value, device);
        string start = machine.Expect("\"help\" shows", 120);
        Assert.Contains($"serial=: found no UART at {port}; COM1 is used", start);
        Assert.DoesNotContain("out of reach", start);
        machine.Expect(TestMachine.Prompt);
        Assert.Contains("serial line: port 0x3f8, 115200 baud", machine.Command("info"));
    }

    [Fact]
    public void APanicMayResetThePc()
    {
        string iso = KernelTests.ComposeSelfTest("panic=halt reboot=panic");
        using TestMachine machine = new("option-reboot", new EmulatorOptions { Iso = iso, HasVtx = false }, 200);
        for (int boot = 0; boot < 2; boot++)
        {
            machine.Expect("multicosm: panic: on purpose", 60);
            Assert.Contains("Multicosm.SelfTest.Panics.Third", machine.Expect("multicosm: resetting this PC in about 5 s, as reboot=panic wants"));
        }

        Assert.DoesNotContain("multicosm: stopped", machine.Text);
    }

    [Fact]
    public void StartUpTakesAtMostAHundredMillionTicks()
    {
        foreach (int memory in (int[])[256, 1024])
        {
            using TestMachine machine = new("start-up-" + memory, new EmulatorOptions { Iso = Isos.Default, MemoryMiB = memory });
            machine.Expect(TestMachine.Prompt, 120);
            string info = machine.Command("info");
            Match total = Regex.Match(info, @"(?m)^start-up: (\d+)\.\d M ticks from the loader's hand-over to the prompt\r?$");
            Assert.InRange(int.Parse(total.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 1, 99);
            Match parts = Regex.Match(info, @"(?m)^start-up parts: (.*?)\r?$");
            List<string> names = [];
            foreach (string part in parts.Groups[1].Value.Split(", "))
            {
                int blank = part.LastIndexOf(' ');
                names.Add(part[..blank]);
                Assert.True(ulong.TryParse(part[(blank + 1)..], out _), part);
            }

            Assert.Equal("hand-over", names[0]);
            Assert.Equal("prompt", names[^1]);
            Assert.True(names.Count >= 10);
        }
    }

    private static TestMachine Boot(string name, string options, params string[] device)
    {
        string iso = TestFiles.ComposeIso(name, options);
        return device.Length == 0
            ? new TestMachine(name, new EmulatorOptions { Iso = iso, HasVtx = false })
            : new TestMachine(name, new EmulatorOptions { Iso = iso, HasVtx = false, SerialDevice = device });
    }
}
