using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using Multicosm.Hosting.Emulation;
using Multicosm.Hosting.Scripts;

namespace Multicosm.Harness;

/// <summary>An emulated PC that a test talks to. Its transcript is in out/tests/NAME.log, whatever becomes of the test.</summary>
public sealed class TestMachine : IDisposable
{
    /// <summary>The hypervisor's prompt.</summary>
    public const string Prompt = "multicosm> ";

    /// <summary>The line with which the default guest says that it is there.</summary>
    public const string GuestMarker = "MULTICOSM-GUEST-READY";

    private const int TailLines = 20;

    private readonly Emulator _emulator;
    private readonly FileStream _log;
    private readonly string _name;
    private readonly CancellationTokenSource _limit;
    private int _shellCommands;

    /// <summary>Boots <see cref="EmulatorOptions.Iso"/>; after <paramref name="limitSeconds"/> everything that is waited for fails.</summary>
    public TestMachine(string name, EmulatorOptions options, int limitSeconds = 240)
    {
        _name = name;
        _log = new FileStream(LogFile(name), FileMode.Create, FileAccess.Write, FileShare.Read);
        _emulator = Emulator.Create(options);
        _limit = new CancellationTokenSource(TimeSpan.FromSeconds(limitSeconds));
        try
        {
            _emulator.Start([_log]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>All that it said so far.</summary>
    public string Text => _emulator.Serial.Transcript.Text;

    /// <summary>What the guest printed behind the result of the last <see cref="Shell"/>.</summary>
    public string LastShellEnd => $"<end {1000 + _shellCommands}>";

    /// <summary>How it ended, if it did.</summary>
    public EmulatorEnd End => _emulator.End;

    /// <summary>Where the transcript of the test <paramref name="name"/> is.</summary>
    public static string LogFile(string name) => Path.Combine(TestFiles.Folder, name + ".log");

    /// <summary>Waits for <paramref name="text"/> after what was matched last and returns what came before it.</summary>
    public string Expect(string text, int seconds = 60)
    {
        int start = _emulator.Serial.Transcript.Matched;
        bool met;
        try
        {
            met = _emulator.Serial.Transcript.Expect(Encoding.UTF8.GetBytes(text), TimeSpan.FromSeconds(seconds), _limit.Token);
        }
        catch (OperationCanceledException)
        {
            met = false;
        }

        return met
            ? _emulator.Serial.Transcript.Slice(start, _emulator.Serial.Transcript.Matched - Encoding.UTF8.GetByteCount(text))
            : throw new ExpectationException($"{_name}: '{text}' did not come within {seconds} s; the last lines of {LogFile(_name)}:\n{_emulator.Serial.Transcript.LastLines(TailLines)}");
    }

    /// <summary>Sends a line and Enter.</summary>
    public void Send(string line) => _emulator.Serial.Send(Encoding.UTF8.GetBytes(line + "\r"), _limit.Token);

    /// <summary>Sends text as it is.</summary>
    public void SendText(string text) => _emulator.Serial.Send(Encoding.UTF8.GetBytes(text), _limit.Token);

    /// <summary>Presses a key of <see cref="KeyNames"/>.</summary>
    public void Press(string key)
        => _emulator.Serial.Send(KeyNames.Find(key) ?? throw new ArgumentException(key, nameof(key)), _limit.Token);

    /// <summary>Gives the hypervisor a command, waits for the next prompt and returns what was printed in between.</summary>
    public string Command(string line, int seconds = 30)
    {
        Send(line);
        _ = Expect(line, seconds); // its echo
        return Expect(Prompt, seconds);
    }

    /// <summary>Gives the guest's shell a command and returns what it printed.</summary>
    public string Shell(string command, int seconds = 60)
    {
        // The shell does the sum, so the end cannot be taken for its own echo.
        _shellCommands++;
        Send($"{command}; echo \"<end $((1000 + {_shellCommands}))>\"");
        _ = Expect($"+ {_shellCommands}))>\"", seconds); // the end of the echo
        return Expect(LastShellEnd, seconds);
    }

    /// <summary>Waits until the emulator ended.</summary>
    public EmulatorEnd WaitForEnd(int seconds)
        => _emulator.WaitForEnd(TimeSpan.FromSeconds(seconds)) ? _emulator.End
            : throw new ExpectationException($"{_name}: the machine still runs after {seconds} s; the last lines:\n{_emulator.Serial.Transcript.LastLines(TailLines)}");

    /// <summary>The picture on QEMU's screen, as a PPM file.</summary>
    public byte[] TakePicture() => Dump("screendump {0}");

    /// <summary>Bytes of the physical memory of QEMU's machine.</summary>
    public byte[] ReadMemory(ulong address, int bytes) => Dump(FormattableString.Invariant($"pmemsave {address} {bytes} {{0}}"));

    private byte[] Dump(string command)
    {
        string file = Path.Combine(_emulator.Folder, "dump");
        ((QemuEmulator)_emulator).Monitor(string.Format(CultureInfo.InvariantCulture, command, '"' + file + '"')); // without quotes "4000 /tmp" would be a division
        return File.ReadAllBytes(file);
    }

    /// <summary>Stops the emulator.</summary>
    public void Dispose()
    {
        _emulator.Dispose();
        _log.Dispose();
        _limit.Dispose();
    }
}
