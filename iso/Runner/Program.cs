using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;
using Multicosm.Hosting.Emulation;
using Multicosm.Hosting.Scripts;
using Multicosm.Hosting.Serial;
using Multicosm.Hosting.Terminals;

namespace Multicosm.Runner;

/// <summary>The command <c>run</c>: boots an ISO in an emulator and joins it with a script, a terminal or standard output.</summary>
public static class Program
{
    private const int LimitWithoutTerminal = 900;

    /// <summary>Exit codes: see <see cref="ExitCode"/>.</summary>
    public static int Main(string[] arguments)
    {
        try
        {
            RunnerOptions options = RunnerOptions.Read(arguments);
            if (options.Help)
            {
                Console.Out.WriteLine(RunnerOptions.Usage);
                return ExitCode.Success;
            }

            return Run(options);
        }
        catch (HostException exception)
        {
            Console.Error.WriteLine("run: " + exception.Message);
            return exception.ExitCode;
        }
    }

    private static int Run(RunnerOptions options)
    {
        IReadOnlyList<ScriptStep>? script = options.Script == null ? null : ScriptParser.ReadFile(options.Script);
        using SerialServer? server = options.Listen != null || options.Debug ? SerialServer.Open(options.Listen ?? 0) : null;
        bool terminal = script == null && server == null && RawTerminal.IsPresent;
        using FileStream? log = options.Log == null ? null : OpenLog(options.Log);
        string folder = Directory.CreateTempSubdirectory("multicosm-").FullName;
        try
        {
            using Stream output = Console.OpenStandardOutput();
            EmulatorOptions machine = new()
            {
                Iso = options.Iso ?? Compose(options, Path.Combine(folder, "cd.iso")),
                HasVtx = options.HasVtx,
                Model = options.Model,
                Processors = options.Processors,
                MemoryMiB = options.MemoryMiB,
                Uefi = options.Uefi,
                FromDisk = options.FromDisk,
                RealTime = terminal || (server != null && !options.Debug),
                Debug = options.DebugOptions,
            };
            Progress(machine, terminal, server);
            if (options.Debug && options.Iso != null && IsOtherKernel(options.Iso, Path.Combine(folder, "kernel")))
            {
                Console.Error.WriteLine($"run: warning: the hypervisor on {options.Iso} is not the one that was built last: its names and lines are wrong");
            }

            bool ends = script == null && !terminal && (server == null || options.Commands != null);
            int? limit = options.Limit ?? (ends ? LimitWithoutTerminal : null);
            using Session session = new(machine, limit);
            using PosixSignalRegistration interrupt = options.Debug ? LeaveToDebugger() : OnSignal(PosixSignal.SIGINT, 2, session);
            using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, 15, session);
            using PosixSignalRegistration hangup = OnSignal(PosixSignal.SIGHUP, 1, session);
            if (server != null && options.Debug)
            {
                return session.Debug(log == null ? [] : [log], server);
            }

            IReadOnlyList<Stream> copies = log == null ? [output] : [output, log];
            return server != null ? session.Serve(copies, server) : script != null ? session.PlayScript(script, copies) : terminal ? session.Interact(copies) : session.Watch(copies);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The exit code is what a shell says of a program that the signal ended; the emulator is stopped first.
    private static PosixSignalRegistration OnSignal(PosixSignal signal, int number, Session session) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        session.Interrupt(128 + number);
    });

    // The debugger gets the signal as well, and stops the machine.
    private static PosixSignalRegistration LeaveToDebugger() => PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);

    private static FileStream OpenLog(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HostException(ExitCode.Usage, $"--log {path}: {exception.Message}");
        }
    }

    private static bool IsOtherKernel(string iso, string file)
    {
        try
        {
            _ = Tool.Run("xorriso", ["-osirrox", "on", "-indev", iso, "-extract", GrubMenu.KernelPath, file]); // prints what it does
            return !File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Repository.Kernel));
        }
        catch (HostException)
        {
            return true; // there is no hypervisor on it
        }
    }

    private static string Compose(RunnerOptions options, string file)
    {
        List<string> domains = options.Domains;
        if (domains.Count == 0)
        {
            domains.Add(Path.GetRelativePath(Directory.GetCurrentDirectory(), Repository.DefaultDomain));
        }

        try
        {
            foreach (string warning in IsoComposer.Compose(new ComposeRequest { DomainFiles = domains, Output = file }))
            {
                Console.Error.WriteLine(warning);
            }
        }
        catch (HostException exception)
        {
            throw new HostException(ExitCode.Usage, exception.Message);
        }

        return file;
    }

    private static void Progress(EmulatorOptions machine, bool terminal, SerialServer? server)
    {
        if (server != null)
        {
            Console.Error.WriteLine($"run: the serial line is at 127.0.0.1:{server.Port}, for example: nc 127.0.0.1 {server.Port}");
        }

        string name = machine.HasVtx ? "Bochs, " + machine.Model : machine.Uefi ? "QEMU, no hardware virtualisation, UEFI" : "QEMU, no hardware virtualisation";
        Console.Error.WriteLine($"run: starting a PC ({name}, {machine.Processors} CPU, {machine.MemoryMiB} MiB){(terminal ? "; Ctrl-C leaves" : "")}");
    }
}
