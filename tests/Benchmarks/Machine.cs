using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;

namespace Multicosm.Benchmarks;

/// <summary>A PC whose serial bytes have ticks. Its transcript is in out/tests/bench-NAME.log.</summary>
internal sealed class Machine : IDisposable
{
    /// <summary>The hypervisor's prompt.</summary>
    public const string Prompt = TestMachine.Prompt;

    private const int LimitSeconds = 300;
    private const int TailLines = 10;

    private readonly string _name;
    private readonly BochsEmulator _emulator;
    private readonly FileStream _transcript;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Switches it on with <paramref name="iso"/> in its drive.</summary>
    public Machine(string name, string iso, int memoryMiB, string typedAhead = "")
    {
        _name = "bench-" + name;
        Console.Error.WriteLine($"   {_name}");
        _transcript = new FileStream(TestMachine.LogFile(_name), FileMode.Create, FileAccess.Write, FileShare.Read);
        _emulator = new BochsEmulator(new EmulatorOptions { Iso = iso, MemoryMiB = memoryMiB, StampsSerial = true, TypedAhead = typedAhead });
        try
        {
            _emulator.Start([_transcript]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Waits for <paramref name="text"/> after what was matched last and returns what came before it.</summary>
    public string Expect(string text)
    {
        int start = _emulator.Serial.Transcript.Matched;
        TimeSpan left = TimeSpan.FromSeconds(LimitSeconds) - _clock.Elapsed;
        return left > TimeSpan.Zero && _emulator.Serial.Transcript.Expect(Encoding.UTF8.GetBytes(text), left, CancellationToken.None)
            ? _emulator.Serial.Transcript.Slice(start, _emulator.Serial.Transcript.Matched - Encoding.UTF8.GetByteCount(text))
            : throw new ExpectationException($"{_name}: '{text}' did not come; the last lines of {TestMachine.LogFile(_name)}:\n{_emulator.Serial.Transcript.LastLines(TailLines)}");
    }

    /// <summary>Sends keys as they are.</summary>
    public void Send(string keys) => _emulator.Serial.Send(Encoding.UTF8.GetBytes(keys), CancellationToken.None);

    /// <summary>Gives the hypervisor a command and returns what it prints.</summary>
    public string Command(string line)
    {
        Send(line + "\r");
        _ = Expect(line + "\r\n");
        return Expect(Prompt);
    }

    /// <summary>What was written up to now.</summary>
    public SerialStamps Stamps() => new(File.ReadAllText(_emulator.LogFile));

    /// <summary>The tick at which a <see cref="Stub"/> was entered. Checks on the way that a tick is one step of the TSC.</summary>
    public ulong StubTick()
    {
        // The line itself is of no use: nobody has set it up, so characters have 5 bits.
        while (_clock.Elapsed < TimeSpan.FromSeconds(LimitSeconds))
        {
            SerialStamps stamps = Stamps();
            if (stamps.Bytes.Count >= 5)
            {
                uint tsc = BitConverter.ToUInt32([.. stamps.Bytes.Skip(1).Take(4)]);
                return (uint)stamps.Tick(0) == tsc + Stub.TicksFromTscToMark
                    ? stamps.Tick(0)
                    : throw new ExpectationException($"{_name}: the log's tick {stamps.Tick(0)} is not the TSC's {tsc} (low half) plus {Stub.TicksFromTscToMark}");
            }

            Thread.Sleep(100);
        }

        throw new ExpectationException($"{_name}: the stub was not entered");
    }

    /// <summary>Switches it off.</summary>
    public void Dispose()
    {
        _emulator.Dispose();
        _transcript.Dispose();
    }
}
