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
    private byte _wanted;
    private uint _searched;

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

    /// <summary>How far ahead <paramref name="wanted"/> waits; -1 if it does not. What was searched for it before is not searched again.</summary>
    public int IndexOf(byte wanted)
    {
        if (wanted != _wanted || (int)(_searched - _out) < 0)
        {
            _wanted = wanted;
            _searched = _out;
        }

        for (; _searched != _in; _searched++)
        {
            if (_bytes[_searched % Capacity] == wanted)
            {
                return (int)(_searched - _out);
            }
        }

        return -1;
    }

    /// <summary>
    /// Takes at most <paramref name="limit"/> bytes from the line past those that wait, and forgets them; ends behind
    /// <paramref name="wanted"/>. True if that was among them; <paramref name="forgotten"/> counts the others.
    /// </summary>
    public bool SkipTo(byte wanted, int limit, out int forgotten)
    {
        forgotten = 0;
        for (int i = 0; i < limit && line.TryRead(out byte value); i++)
        {
            if (value == wanted)
            {
                return true;
            }

            forgotten++;
        }

        return false;
    }

    /// <summary>Forgets the next <paramref name="count"/> bytes (at most <see cref="Count"/>).</summary>
    public void Drop(int count) => _out += (uint)count;
}
