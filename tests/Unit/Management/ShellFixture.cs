using System;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

/// <summary>A whole hypervisor on fakes, with an operator who types.</summary>
internal sealed class ShellFixture
{
    public const string Prompt = "multicosm> ";

    private readonly Scheduler _scheduler;

    public ShellFixture(FakePc pc, bool autostart = false)
    {
        Pc = pc;
        Shell = new Shell(pc.Services, pc.Manager, Line, new FakeInfo(), Power);
        _scheduler = new Scheduler(pc.Services, pc.Manager, Shell);
        Shell.Start(autostart);
    }

    public FakePc Pc { get; }

    public FakeLine Line { get; } = new();

    public FakePower Power { get; } = new();

    public Shell Shell { get; }

    public Domain this[string name]
    {
        get
        {
            Assert.True(Pc.Manager.Domains.TryFind(Encoding.UTF8.GetBytes(name), out Domain? domain), name);
            return domain!;
        }
    }

    /// <summary>What verbs work with, for those who call them past the shell.</summary>
    public ShellContext Context()
    {
        HostTerminal terminal = new(Line);
        InputQueue input = new(Line);
        Notices notices = new(Pc.Services);
        ShellContext context = new()
        {
            Terminal = terminal,
            Input = input,
            Manager = Pc.Manager,
            Host = Pc.Services,
            Info = new FakeInfo(),
            Line = Line,
            Power = Power,
            Notices = notices,
            Session = new ConsoleSession(terminal, input, notices, Pc.Clock),
            Verbs = VerbTable.Make(),
        };
        foreach (Verb verb in context.Verbs)
        {
            verb.Prepare(context);
        }

        return context;
    }

    /// <summary>Types, and gives all that is printed until the prompt stands at the end again.</summary>
    public string Ask(string line)
    {
        Line.TakeOutput();
        Line.Type(line + "\r");
        Until(() => Line.Waiting == 0 && Line.Output.Contains("\r\n", StringComparison.Ordinal) && Line.Output.EndsWith(Prompt, StringComparison.Ordinal));
        string output = Line.TakeOutput();
        Assert.EndsWith("\r\n" + Prompt, output);
        Assert.StartsWith(line + "\r\n", output);
        return output[(line.Length + 2)..^Prompt.Length].Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    public void Until(Func<bool> condition)
    {
        for (int i = 0; i < 20_000; i++)
        {
            if (condition())
            {
                return;
            }

            _scheduler.RunOnce();
        }

        Assert.Fail("it does not happen; the line says: " + Line.Output);
    }

    public void Steps(int count = 20)
    {
        for (int i = 0; i < count; i++)
        {
            _scheduler.RunOnce();
        }
    }

    public void GuestPrints(string name, string text)
    {
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            Assert.True(this[name].Console.Sink.TryWrite(value));
        }
    }
}

internal sealed class FakeInfo : HostInfo
{
    public override ReadOnlySpan<byte> Version => "0.1.0"u8;

    public override ReadOnlySpan<byte> ProcessorName => "Fake CPU"u8;

    public override ulong StartTicks => 48_270_000;

    public override int StartPartCount => 2;

    public override ReadOnlySpan<byte> StartPartName(int index) => index == 0 ? "memory map"u8 : "prompt"u8;

    public override ulong StartPartTicks(int index) => index == 0 ? 270_000u : 48_000_000;

    public override void WriteBoot(TextOutput output) => output.WriteLine("firmware: BIOS"u8);
}

internal sealed class FakePower : PowerControl
{
    public int PowerOffs { get; private set; }

    public int Reboots { get; private set; }

    public override void PowerOff() => PowerOffs++;

    public override void Reboot() => Reboots++;
}
