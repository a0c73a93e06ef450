using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>Bytes typed and not yet read: filled from the line at every poll, so that what is typed while a command runs waits here.</summary>
public sealed class InputQueue(HostLine line)
{
    /// <summary>Bytes that may wait; more wait in the line's driver.</summary>
    public const int Capacity = 8192;

    private readonly byte[] _bytes = new byte[Capacity];
    private uint _in;
    private uint _out;

    /// <summary>Bytes that wait.</summary>
    public int Count => (int)(_in - _out);

    /// <summary>Takes what the line has, while there is room.</summary>
    public void Fill()
    {
        while (Count < Capacity && line.TryRead(out byte value))
        {
            _bytes[_in % Capacity] = value;
            _in++;
        }
    }

    /// <summary>The next byte, which stays; false if none waits.</summary>
    public bool TryPeek(out byte value)
    {
        value = _bytes[_out % Capacity];
        return Count > 0;
    }

    /// <summary>Takes the next byte; false if none waits.</summary>
    public bool TryTake(out byte value)
    {
        bool present = TryPeek(out value);
        _out += present ? 1u : 0u;
        return present;
    }

    /// <summary>How far ahead <paramref name="wanted"/> waits; -1 if it does not.</summary>
    public int IndexOf(byte wanted)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_bytes[(_out + (uint)i) % Capacity] == wanted)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Forgets the next <paramref name="count"/> bytes (at most <see cref="Count"/>).</summary>
    public void Drop(int count) => _out += (uint)count;
}
