using System;

namespace Multicosm.Management.Editing;

/// <summary>The last lines that were entered, newest first.</summary>
public sealed class LineHistory
{
    /// <summary>Lines kept.</summary>
    public const int Capacity = 32;

    private readonly byte[] _bytes = new byte[Capacity * LineEditor.MaximumBytes];
    private readonly int[] _lengths = new int[Capacity];
    private int _next;

    /// <summary>Lines kept now.</summary>
    public int Count { get; private set; }

    /// <summary>The line <paramref name="age"/> back: 0 is the newest; below <see cref="Count"/>.</summary>
    public ReadOnlySpan<byte> Newest(int age)
    {
        int index = (_next - 1 - age + (2 * Capacity)) % Capacity;
        return new(_bytes, index * LineEditor.MaximumBytes, _lengths[index]);
    }

    /// <summary>Keeps a line, unless it is blank or the same as the last.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (line.Trim((byte)' ').IsEmpty || (Count > 0 && Newest(0).SequenceEqual(line)))
        {
            return;
        }

        line.CopyTo(new Span<byte>(_bytes, _next * LineEditor.MaximumBytes, LineEditor.MaximumBytes));
        _lengths[_next] = line.Length;
        _next = (_next + 1) % Capacity;
        Count = Math.Min(Count + 1, Capacity);
    }
}
