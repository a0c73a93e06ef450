using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using Multicosm.Hosting.Serial;

namespace Multicosm.Hosting.Emulation;

/// <summary>A running emulated PC: a process of ours, a folder for its files, and its serial line.</summary>
public abstract class Emulator : IDisposable
{
    private Process? _process;
    private SerialLink? _serial;

    /// <summary>Makes one that is switched off.</summary>
    protected Emulator() => Folder = Directory.CreateTempSubdirectory("multicosm-run-").FullName;

    /// <summary>The folder that it runs in; removed with it.</summary>
    public string Folder { get; }

    /// <summary>The serial line.</summary>
    public SerialLink Serial => _serial ?? throw new InvalidOperationException("not started");

    /// <summary>Since it was switched on.</summary>
    public Stopwatch Clock { get; } = new();

    /// <summary>How it ended, if it did.</summary>
    public EmulatorEnd End => _process is { HasExited: true } ? FindEnd() : EmulatorEnd.Running;

    /// <summary>The debugger to run beside it, once it is started; null if there is none or it is the emulator itself.</summary>
    public virtual IReadOnlyList<string>? DebuggerCommand => null;

    /// <summary>The process' exit code, once it ended.</summary>
    protected int ProcessExitCode => _process!.ExitCode;

    /// <summary>What the emulator itself printed.</summary>
    protected string OutputFile => Path.Combine(Folder, "output");

    /// <summary>How the shell starts the command <c>"$@"</c>: what it reads and where its own output goes.</summary>
    protected virtual string StartLine => "exec \"$@\" </dev/null >output 2>&1";

    /// <summary>The emulator that <paramref name="options"/> ask for.</summary>
    public static Emulator Create(EmulatorOptions options) => options.HasVtx ? new BochsEmulator(options) : new QemuEmulator(options);

    /// <summary>Switches it on. What comes over the serial line is copied to each of <paramref name="copies"/>.</summary>
    public void Start(IReadOnlyList<Stream> copies)
    {
        IReadOnlyList<string> command = Prepare();

        // The shell is there for the redirection only: exec keeps it out of the way, and our process is the emulator.
        ProcessStartInfo start = new("/bin/sh", ["-c", StartLine, "sh", .. command]) { WorkingDirectory = Folder };
        start.Environment["LC_ALL"] = "C"; // Bochs 2.7 dies of a buffer overflow in some UTF-8 locales
        Clock.Start();
        _process = Process.Start(start)!;
        _serial = new SerialLink(Connect(), copies);
    }

    /// <summary>Waits until the process ended; false if the time is over.</summary>
    public bool WaitForEnd(TimeSpan limit) => _process!.WaitForExit(limit);

    /// <summary>Why it ended, in the emulator's own words: the last lines.</summary>
    public string LastWords()
    {
        string text = File.Exists(OutputFile) ? File.ReadAllText(OutputFile) : "";
        return string.Join('\n', text.Split('\n').Where(line => line.Trim().Length > 0).TakeLast(8));
    }

    /// <summary>Stops it if it still runs and removes its files.</summary>
    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _serial?.Dispose();
        _process?.Dispose();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Writes its files and returns the command to run in <see cref="Folder"/>.</summary>
    protected abstract IReadOnlyList<string> Prepare();

    /// <summary>Tries to connect to its serial line: null if it does not listen yet.</summary>
    protected abstract Socket? TryConnect();

    /// <summary>How it ended; called once it did.</summary>
    protected abstract EmulatorEnd FindEnd();

    private Socket Connect()
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(20) && !_process!.HasExited)
        {
            Socket? socket = TryConnect();
            if (socket != null)
            {
                return socket;
            }

            Thread.Sleep(10);
        }

        throw new HostException(ExitCode.Died, "the emulator does not start:\n" + LastWords());
    }
}
