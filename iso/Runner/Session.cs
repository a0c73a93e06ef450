using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Multicosm.Hosting.Scripts;
using Multicosm.Hosting.Serial;
using Multicosm.Hosting.Terminals;

namespace Multicosm.Runner;

/// <summary>One run of the emulator, from its start to the exit code.</summary>
internal sealed class Session : IDisposable
{
    // The hypervisor's last words: nothing good follows.
    private static readonly byte[] s_panic = "\nmulticosm: panic"u8.ToArray();

    private const int TranscriptTail = 20;

    private readonly Emulator _emulator;
    private readonly CancellationTokenSource _stop = new();
    private readonly int? _limit;
    private int? _interrupted;
    private RawTerminal? _terminal;

    public Session(EmulatorOptions options, int? limit)
    {
        _emulator = Emulator.Create(options);
        _limit = limit;
    }

    /// <summary>Ends the run from outside, with this exit code.</summary>
    public void Interrupt(int exitCode)
    {
        _interrupted = exitCode;
        _stop.Cancel();
    }

    public void Dispose()
    {
        _terminal?.Dispose();
        _emulator.Dispose();
        _stop.Dispose();
    }

    /// <summary>Plays a script and stops the machine.</summary>
    public int PlayScript(IReadOnlyList<ScriptStep> steps, IReadOnlyList<Stream> copies)
    {
        Start(copies);
        ScriptStep? missed = null;
        bool cut = false;
        try
        {
            missed = ScriptRunner.Play(steps, _emulator.Serial, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            cut = true;
        }

        return cut ? EndedEarly() : Judge(missed);
    }

    /// <summary>Copies the serial line until the machine ends.</summary>
    public int Watch(IReadOnlyList<Stream> copies)
    {
        Start(copies);
        return WaitForEnd();
    }

    /// <summary>Gives the serial line to TCP clients until the machine ends.</summary>
    public int Serve(IReadOnlyList<Stream> copies, SerialServer server)
    {
        Start(copies);
        server.Start(_emulator.Serial);
        return WaitForEnd();
    }

    /// <summary>Leaves the terminal to the debugger and gives the serial line to TCP clients until the debugger ends.</summary>
    public int Debug(IReadOnlyList<Stream> copies, SerialServer server)
    {
        Power(copies);
        server.Start(_emulator.Serial);
        using Process? debugger = _emulator.DebuggerCommand is { } command ? Process.Start(command[0], command.Skip(1)) : null;
        bool ended = false;
        while (!ended && !_stop.IsCancellationRequested)
        {
            ended = debugger?.WaitForExit(TimeSpan.FromMilliseconds(50)) ?? _emulator.WaitForEnd(TimeSpan.FromMilliseconds(50));
        }

        if (!ended)
        {
            debugger?.Kill();
            return EndedEarly();
        }

        return debugger == null || debugger.ExitCode == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>Joins the terminal and the machine until one of them ends; Ctrl-C ends it.</summary>
    public int Interact(IReadOnlyList<Stream> copies)
    {
        Start(copies);
        _terminal = RawTerminal.Open();
        Thread reader = new(ReadTerminal) { IsBackground = true, Name = "keyboard" };
        reader.Start();
        int code = WaitForEnd();
        _terminal.Dispose();
        return code;
    }

    private void Start(IReadOnlyList<Stream> copies)
    {
        Power(copies);
        new Thread(WatchForPanic) { IsBackground = true, Name = "watch" }.Start();
    }

    private void Power(IReadOnlyList<Stream> copies)
    {
        _emulator.Start(copies);
        if (_limit != null)
        {
            TimeSpan left = TimeSpan.FromSeconds(_limit.Value) - _emulator.Clock.Elapsed;
            _stop.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    private int WaitForEnd()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_emulator.WaitForEnd(TimeSpan.FromMilliseconds(50)))
            {
                break;
            }
        }

        return _emulator.End == EmulatorEnd.PoweredOff ? ExitCode.Success : EndedEarly();
    }

    private void ReadTerminal()
    {
        const byte ControlC = 3;
        byte[] buffer = new byte[256];
        try
        {
            for (int count = RawTerminal.Read(buffer); count > 0; count = RawTerminal.Read(buffer))
            {
                if (buffer.AsSpan(0, count).Contains(ControlC))
                {
                    break;
                }

                _emulator.Serial.Send(buffer.AsSpan(0, count), _stop.Token);
            }

            Interrupt(ExitCode.Success);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The run is over.
        }
    }

    // After a panic the machine stands still for ever: a moment for the rest of the record, and the run is over.
    private void WatchForPanic()
    {
        try
        {
            while (!_stop.IsCancellationRequested && !_emulator.Serial.Transcript.Ended)
            {
                if (_emulator.Serial.Transcript.Contains(s_panic))
                {
                    Thread.Sleep(1000);
                    _stop.Cancel();
                }

                Thread.Sleep(200);
            }
        }
        catch (ObjectDisposedException)
        {
            // The run is over.
        }
    }

    private int Judge(ScriptStep? missed)
    {
        bool died = _emulator.End == EmulatorEnd.Died || _emulator.Serial.Transcript.Contains(s_panic);
        if (missed == null)
        {
            return died ? EndedEarly() : ExitCode.Success;
        }

        if (_emulator.Serial.Transcript.Ended && _emulator.WaitForEnd(TimeSpan.FromSeconds(5)) && _emulator.End == EmulatorEnd.Died)
        {
            return EndedEarly();
        }

        string why = _emulator.Serial.Transcript.Ended ? "before the machine was switched off" : $"within {missed.Seconds} s";
        Report($"line {missed.Line} of the script: '{missed.Source}' was not met {why}; the last lines:\n{_emulator.Serial.Transcript.LastLines(TranscriptTail)}");
        return ExitCode.Failure;
    }

    // The machine did not end by itself as it should.
    private int EndedEarly()
    {
        if (_emulator.Serial.Transcript.Contains(s_panic))
        {
            Report("the hypervisor died");
            return ExitCode.Died;
        }

        if (_interrupted != null)
        {
            return _interrupted.Value;
        }

        if (_emulator.End == EmulatorEnd.Running)
        {
            Report($"the limit of {_limit} s is over");
            return ExitCode.TimeLimit;
        }

        Report("the emulator died:\n" + _emulator.LastWords());
        return ExitCode.Died;
    }

    private void Report(string message)
    {
        _terminal?.Dispose();
        Console.Error.WriteLine("\nrun: " + message);
    }
}
