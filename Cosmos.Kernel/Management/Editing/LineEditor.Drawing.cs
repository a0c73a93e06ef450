using System;

namespace Multicosm.Management.Editing;

/// <summary>The part that knows what of the line is shown.</summary>
public sealed partial class LineEditor
{
    /// <summary>How much of a line is shown at a time: what the prompt leaves of 80 columns, the last of which stays free.</summary>
    public const int VisibleBytes = 68;

    private int _first; // of the bytes that are shown

    /// <summary>Draws prompt and line anew on the line that the cursor is on.</summary>
    public void Draw()
    {
        _terminal.EraseLine();
        _terminal.WriteRaw(Prompt);
        _ = TryScroll(); // it is drawn anew anyway
        int end = Math.Min(_first + VisibleBytes, _length);
        WriteShown(_first, end);
        MoveBack(end - _cursor);
    }

    /// <summary>Moves what is shown so that the cursor stands on a byte of it, or behind the line's end; false if it does already.</summary>
    private bool TryScroll()
    {
        int column = _cursor - _first;
        int last = _first + VisibleBytes < _length ? VisibleBytes - 2 : VisibleBytes;
        bool isAllShown = _length <= VisibleBytes;
        if (isAllShown ? _first == 0 : column >= (_first == 0 ? 0 : 1) && column <= last)
        {
            return false;
        }

        _first = isAllShown ? 0 : Math.Max(_cursor - (VisibleBytes / 2), 0);
        return true;
    }

    // Bytes from..to of those that can be seen, at least one of them.
    private void WriteShown(int from, int to)
    {
        bool hidesStart = from == _first && _first > 0;
        bool hidesEnd = to == _first + VisibleBytes && to < _length;
        int start = from + (hidesStart ? 1 : 0);
        int count = to - start - (hidesEnd ? 1 : 0);
        _terminal.WriteRaw(hidesStart ? "<"u8 : ""u8);
        _terminal.WriteRaw(new ReadOnlySpan<byte>(_line, start, count));
        _terminal.WriteRaw(hidesEnd ? ">"u8 : ""u8);
    }

    private void MoveBack(int columns)
    {
        for (int i = 0; i < columns; i++)
        {
            _terminal.WriteRaw("\b"u8);
        }
    }
}
