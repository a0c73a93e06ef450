using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;

namespace Multicosm.Runner;

/// <summary>What the command line of <c>run</c> asks for.</summary>
internal sealed class RunnerOptions
{
    public const string Usage = """
        usage: ./run [--machine vtx|plain] [--model BOCHS_MODEL] [--cpus N] [--memory MiB] [--firmware bios|uefi] [--disk] [--iso FILE]
                     [--script FILE | --listen PORT] [--log FILE] [--limit SECONDS]
                     [--debug [--commands FILE] [--magic-break]] [DOMAIN.cfg...]
        """;

    public bool HasVtx { get; private set; } = true;

    public string Model { get; private set; } = BochsEmulator.DefaultModel;

    public int Processors { get; private set; } = 1;

    public int MemoryMiB { get; private set; } = 512;

    public bool Uefi { get; private set; }

    /// <summary>True if the ISO is on a disk, not a CD.</summary>
    public bool FromDisk { get; private set; }

    public string? Iso { get; private set; }

    public string? Script { get; private set; }

    /// <summary>The TCP port that the serial line is given to, 0 for any; null if none was asked for.</summary>
    public int? Listen { get; private set; }

    public bool Debug { get; private set; }

    /// <summary>The file of the debugger's commands.</summary>
    public string? Commands { get; private set; }

    public bool MagicBreak { get; private set; }

    public string? Log { get; private set; }

    /// <summary>Seconds from the emulator's start; null if none was given.</summary>
    public int? Limit { get; private set; }

    public bool Help { get; private set; }

    public List<string> Domains { get; } = [];

    /// <summary>The debugging session that is asked for, if one is.</summary>
    public DebugOptions? DebugOptions => Debug ? new DebugOptions { Commands = Commands, MagicBreak = MagicBreak } : null;

    public static RunnerOptions Read(string[] arguments)
    {
        RunnerOptions options = new();
        ArgumentReader reader = new(arguments);
        while (reader.Next())
        {
            options.Take(reader);
        }

        options.Check();
        return options;
    }

    private void Take(ArgumentReader reader)
    {
        switch (reader.Current)
        {
            case "--machine":
                string machine = reader.Value();
                HasVtx = machine == "vtx" || (machine == "plain" ? false : throw new HostException(ExitCode.Usage, $"--machine wants vtx or plain, not '{machine}'"));
                break;
            case "--firmware":
                string firmware = reader.Value();
                Uefi = firmware == "uefi" || (firmware == "bios" ? false : throw new HostException(ExitCode.Usage, $"--firmware wants bios or uefi, not '{firmware}'"));
                break;
            case "--disk":
                FromDisk = true;
                break;
            case "--model":
                Model = reader.Value();
                break;
            case "--cpus":
                Processors = reader.Number(1, 8);
                break;
            case "--memory":
                MemoryMiB = reader.Number(32, 3072);
                break;
            case "--iso":
                Iso = reader.Value();
                break;
            case "--script":
                Script = reader.Value();
                break;
            case "--listen":
                Listen = reader.Number(0, 65535);
                break;
            case "--debug":
                Debug = true;
                break;
            case "--commands":
                Commands = reader.Value();
                break;
            case "--magic-break":
                MagicBreak = true;
                break;
            case "--log":
                Log = reader.Value();
                break;
            case "--limit":
                Limit = reader.Number(1, 1_000_000);
                break;
            case "--help" or "-h":
                Help = true;
                break;
            case string unknown when reader.IsOption:
                throw new HostException(ExitCode.Usage, $"unknown option {unknown}\n{Usage}");
            default:
                Domains.Add(reader.Current);
                break;
        }
    }

    private void Check()
    {
        if (Help)
        {
            return;
        }

        Refuse(Iso != null && Domains.Count > 0, "--iso has its domains on it: give either an ISO or domain files");
        Refuse(Uefi && HasVtx, "--firmware uefi is for --machine plain: Bochs has a BIOS");
        Refuse(Script != null && (Listen != null || Debug), "--script talks to the serial line by itself: give it without --listen and --debug");
        Refuse(!Debug && (Commands != null || MagicBreak), "--commands and --magic-break are for --debug");
        Refuse(MagicBreak && !HasVtx, "--magic-break is for --machine vtx");
        Refuse(Commands != null && !File.Exists(Commands), Commands + ": no such file");

        Refuse(Iso != null && !File.Exists(Iso), Iso + ": no such file");
        Refuse(Model != BochsEmulator.DefaultModel && !HasVtx, "--model is for --machine vtx");
        if (Model != BochsEmulator.DefaultModel && !BochsEmulator.Models().Contains(Model, StringComparer.Ordinal))
        {
            throw new HostException(ExitCode.Usage, $"--model: unknown '{Model}', expected one of {string.Join(", ", BochsEmulator.Models())}");
        }
    }

    private static void Refuse(bool wrong, string message)
    {
        if (wrong)
        {
            throw new HostException(ExitCode.Usage, message);
        }
    }
}
