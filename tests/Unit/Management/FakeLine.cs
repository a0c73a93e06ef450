using System;
using System.Collections.Generic;
using System.Text;
using Multicosm.Machine;

namespace Multicosm.Unit.Management;

/// <summary>A serial line whose other end is the test.</summary>
internal sealed class FakeLine : HostLine
{
    private readonly Queue<byte> _input = new();
    private readonly List<byte> _output = [];

    public int Room { get; set; } = 4096;

    public bool IsFlushed { get; private set; }

    public int Waiting => _input.Count;

    /// <summary>The output, a character a byte.</summary>
    public string RawOutput => Encoding.Latin1.GetString([.. _output]);

    public string Output => Encoding.UTF8.GetString([.. _output]);

    /// <summary>What waits to leave, if somebody reckons with it: see <see cref="Send"/>.</summary>
    public int Queued { get; private set; }

    public bool IsSlow { get; set; }

    public override int OutputRoom => Room;

    public override int OutputQueued => Queued;

    public override bool HasInput => _input.Count > 0;

    public override bool TryRead(out byte value) => _input.TryDequeue(out value);

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        _output.AddRange(bytes.ToArray());
        Queued += IsSlow ? bytes.Length : 0;
    }

    /// <summary>Lets bytes leave a slow line.</summary>
    public void Send(int bytes) => Queued = Math.Max(Queued - bytes, 0);

    public override void Flush() => IsFlushed = true;

    public void Type(string text)
    {
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            _input.Enqueue(value);
        }
    }

    public string TakeOutput()
    {
        string output = Output;
        _output.Clear();
        return output;
    }
}
