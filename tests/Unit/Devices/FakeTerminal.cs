using System.Collections.Generic;
using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

/// <summary>What is at the other end of a serial line: a screen with room for so many bytes, and a keyboard.</summary>
internal sealed class FakeTerminal
{
    internal FakeTerminal()
    {
        Screen = new ScreenSink(this);
        Keyboard = new KeyboardSource(this);
    }

    internal CharSink Screen { get; }

    internal CharSource Keyboard { get; }

    internal List<byte> Shown { get; } = [];

    internal Queue<byte> Typed { get; } = new();

    internal int Room { get; set; } = int.MaxValue;

    private sealed class ScreenSink(FakeTerminal owner) : CharSink
    {
        public override bool CanWrite => owner.Room > 0;

        public override bool TryWrite(byte value)
        {
            if (owner.Room == 0)
            {
                return false;
            }

            owner.Room--;
            owner.Shown.Add(value);
            return true;
        }
    }

    private sealed class KeyboardSource(FakeTerminal owner) : CharSource
    {
        public override bool CanRead => owner.Typed.Count > 0;

        public override bool TryRead(out byte value) => owner.Typed.TryDequeue(out value);
    }
}
