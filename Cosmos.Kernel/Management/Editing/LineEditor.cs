using System;

namespace Multicosm.Management.Editing;

/// <summary>
/// Edits one line on a terminal, with history and completion. Draws as little as it can: text typed at the end is only echoed. A line that
/// is too long for 80 columns is shown in part, with signs that stand for the rest: it never wraps, so the cursor's place is always known.
/// </summary>
public sealed class LineEditor
{
    /// <summary>The longest line.</summary>
    public const int MaximumBytes = 1024;

    /// <summary>How much of a line is shown at a time: what the prompt leaves of 80 columns, the last of which stays free.</summary>
    public const int VisibleBytes = 68;

    private const byte Bell = 7;

    private readonly HostTerminal _terminal;
    private readonly WordCompleter? _completer;
    private readonly byte[] _line = new byte[MaximumBytes];
    private readonly byte[] _draft = new byte[MaximumBytes];
    private readonly KeyDecoder _decoder = new();
    private readonly LineHistory _history = new();
    private int _length;
    private int _cursor;
    private int _draftLength;
    private int _age = -1;
    private int _first;
    private bool _wasComplete;

    /// <summary>An editor on <paramref name="terminal"/>; Tab does nothing without <paramref name="completion"/>.</summary>
    public LineEditor(HostTerminal terminal, CompletionSource? completion = null)
    {
        _terminal = terminal;
        _completer = completion is null ? null : new WordCompleter(completion);
    }

    /// <summary>The prompt: 11 bytes.</summary>
    public static ReadOnlySpan<byte> Prompt => "multicosm> "u8;

    /// <summary>The line as it is now.</summary>
    public ReadOnlySpan<byte> Line => new(_line, 0, _length);

    /// <summary>Forgets the line; nothing is drawn.</summary>
    public void Clear()
    {
        _length = 0;
        _cursor = 0;
        _first = 0;
        _age = -1;
        _wasComplete = false;
    }

    /// <summary>Starts a new line.</summary>
    public void Begin()
    {
        Clear();
        Draw();
    }

    /// <summary>Takes a typed byte; true when it completes the line.</summary>
    public bool Feed(byte value)
    {
        Key key = _decoder.Feed(value);
        bool again = _wasComplete;
        _wasComplete = key == Key.Complete;
        switch (key)
        {
            case Key.Text:
                Insert(value);
                return false;
            case Key.Enter:
                _terminal.WriteRaw("\r\n"u8);
                _history.Add(Line);
                return true;
            case Key.Cancel:
                _terminal.WriteRaw("^C\r\n"u8);
                Begin();
                return false;
            case Key.Redraw:
                Draw();
                return false;
            case Key.Up or Key.Down:
                Recall(key == Key.Up ? 1 : -1);
                return false;
            case Key.Left or Key.Right or Key.Home or Key.End:
                Move(key);
                return false;
            case Key.Complete:
                Complete(again);
                return false;
            case Key.None:
                return false;
            default:
                Erase(key);
                return false;
        }
    }

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

    private void Insert(byte value)
    {
        if (_length == MaximumBytes)
        {
            _terminal.WriteRaw([Bell]);
            return;
        }

        new ReadOnlySpan<byte>(_line, _cursor, _length - _cursor).CopyTo(new Span<byte>(_line, _cursor + 1, _length - _cursor));
        _line[_cursor] = value;
        _length++;
        _cursor++;
        if (TryScroll() || _length - _first > VisibleBytes)
        {
            Draw();
            return;
        }

        WriteShown(_cursor - 1, _length);
        MoveBack(_length - _cursor);
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

    private void Complete(bool again)
    {
        if (_completer is null)
        {
            return;
        }

        ReadOnlySpan<byte> before = new(_line, 0, _cursor);
        _completer.Find(before);
        if (_completer.Count > 1 && _completer.Addition.IsEmpty && again)
        {
            _terminal.EraseLine();
            _completer.List(_terminal, before);
            _terminal.BeginLine();
            Draw();
            return;
        }

        if (_completer.Count != 1 && _completer.Addition.IsEmpty)
        {
            _terminal.WriteRaw([Bell]);
            return;
        }

        for (int i = 0; i < _completer.Addition.Length; i++)
        {
            Insert(_completer.Addition[i]);
        }

        if (_completer.Count == 1)
        {
            Insert((byte)' ');
        }
    }

    private void Move(Key key)
    {
        int target = key switch
        {
            Key.Left => _cursor - 1,
            Key.Right => _cursor + 1,
            Key.Home => 0,
            _ => _length,
        };
        target = Math.Clamp(target, 0, _length);
        int from = _cursor;
        _cursor = target;
        if (TryScroll())
        {
            Draw();
        }
        else if (target > from)
        {
            WriteShown(from, target);
        }
        else
        {
            MoveBack(from - target);
        }
    }

    private void Erase(Key key)
    {
        int start = key switch
        {
            Key.Backspace => Math.Max(_cursor - 1, 0),
            Key.KillToStart => 0,
            Key.KillWord => WordStart(),
            _ => _cursor,
        };
        int end = key switch
        {
            Key.Delete => Math.Min(_cursor + 1, _length),
            Key.KillToEnd => _length,
            _ => _cursor,
        };
        if (end > start)
        {
            Remove(start, end);
        }
    }

    private void Remove(int start, int end)
    {
        bool wasAllShown = _length <= VisibleBytes && _first == 0;
        new ReadOnlySpan<byte>(_line, end, _length - end).CopyTo(new Span<byte>(_line, start, _length - end));
        _length -= end - start;
        int back = _cursor - start;
        _cursor = start;
        if (!wasAllShown)
        {
            Draw();
            return;
        }

        MoveBack(back);
        WriteShown(_cursor, _length);
        _terminal.WriteRaw("\x1b[K"u8);
        MoveBack(_length - _cursor);
    }

    private int WordStart()
    {
        int start = _cursor;
        while (start > 0 && _line[start - 1] == (byte)' ')
        {
            start--;
        }

        while (start > 0 && _line[start - 1] != (byte)' ')
        {
            start--;
        }

        return start;
    }

    private void Recall(int direction)
    {
        int age = _age + direction;
        if (age < -1 || age >= _history.Count)
        {
            return;
        }

        if (_age == -1)
        {
            Line.CopyTo(_draft);
            _draftLength = _length;
        }

        _age = age;
        ReadOnlySpan<byte> recalled = age == -1 ? new ReadOnlySpan<byte>(_draft, 0, _draftLength) : _history.Newest(age);
        recalled.CopyTo(_line);
        _length = recalled.Length;
        _cursor = _length;
        Draw();
    }

    private void MoveBack(int columns)
    {
        for (int i = 0; i < columns; i++)
        {
            _terminal.WriteRaw("\b"u8);
        }
    }
}
