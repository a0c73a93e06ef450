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
        usage: ./run [--machine vtx|plain] [--model BOCHS_MODEL] [--cpus N] [--memory MiB] [--iso FILE]
                     [--script FILE] [--log FILE] [--limit SECONDS] [DOMAIN.cfg...]
        """;

    public bool HasVtx { get; private set; } = true;

    public string Model { get; private set; } = BochsEmulator.DefaultModel;

    public int Processors { get; private set; } = 1;

    public int MemoryMiB { get; private set; } = 512;

    public string? Iso { get; private set; }

    public string? Script { get; private set; }

    public string? Log { get; private set; }

    /// <summary>Seconds from the emulator's start; null if none was given.</summary>
    public int? Limit { get; private set; }

    public bool Help { get; private set; }

    public List<string> Domains { get; } = [];

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

        if (Iso != null && Domains.Count > 0)
        {
            throw new HostException(ExitCode.Usage, "--iso has its domains on it: give either an ISO or domain files");
        }

        if (Iso != null && !File.Exists(Iso))
        {
            throw new HostException(ExitCode.Usage, Iso + ": no such file");
        }

        if (Model != BochsEmulator.DefaultModel && !HasVtx)
        {
            throw new HostException(ExitCode.Usage, "--model is for --machine vtx");
        }

        if (Model != BochsEmulator.DefaultModel && !BochsEmulator.Models().Contains(Model, StringComparer.Ordinal))
        {
            throw new HostException(ExitCode.Usage, $"--model: unknown '{Model}', expected one of {string.Join(", ", BochsEmulator.Models())}");
        }
    }
}
