using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Management.Editing;
using Xunit;

namespace Multicosm.Unit.Management;

/// <summary>What a terminal of 80 columns shows: text, CR, LF, backspace, and the few control sequences that the shell uses.</summary>
internal sealed class TerminalScreen
{
    private readonly List<StringBuilder> _rows = [new()];
    private int _row;
    private int _column;

    public string Row => _rows[_row].ToString();

    public IReadOnlyList<string> Rows => [.. _rows.Select(row => row.ToString())];

    public bool IsOther { get; private set; }

    public void Write(string output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            switch (output[i])
            {
                case '\r':
                    _column = 0;
                    break;
                case '\n':
                    _row++;
                    break;
                case '\b':
                    Assert.True(_column > 0);
                    _column--;
                    break;
                case '\a':
                    break;
                case '\x1b':
                    i += Control(output[(i + 1)..]);
                    break;
                default:
                    Put(output[i]);
                    break;
            }

            while (_rows.Count <= _row)
            {
                _rows.Add(new());
            }
        }
    }

    /// <summary>Asserts that the cursor's row shows the prompt and the line, or the part around the cursor of one that is too long.</summary>
    public void AssertShows(string prompt, string line)
    {
        string shown = Row;
        Assert.StartsWith(prompt, shown);
        shown = shown[prompt.Length..];
        if (line.Length <= LineEditor.VisibleBytes)
        {
            Assert.Equal(line, shown);
            return;
        }

        // Behind the first and before the last sign it is a piece of the line.
        Assert.InRange(shown.Length, 2, LineEditor.VisibleBytes);
        bool isStart = line.StartsWith(shown[..^1], StringComparison.Ordinal);
        bool isEnd = line.EndsWith(shown[1..], StringComparison.Ordinal) && shown[0] == '<';
        bool isMiddle = line.Contains(shown[1..^1], StringComparison.Ordinal) && shown[0] == '<' && shown[^1] == '>';
        Assert.True((isStart && shown[^1] == '>') || isEnd || isMiddle, $"'{shown}' of '{line}'");
    }

    private void Put(char value)
    {
        StringBuilder row = _rows[_row];
        while (row.Length <= _column)
        {
            row.Append(' ');
        }

        row[_column++] = value;
        Assert.True(_column < 80, "a row wraps: " + row);
    }

    // Returns how many characters belong to the escape before them.
    private int Control(string behind)
    {
        int end = 1;
        while (behind[end] is (>= '0' and <= '9') or ';' or '?')
        {
            end++;
        }

        string sequence = behind[1..(end + 1)];
        switch (sequence[^1])
        {
            case 'K':
                _rows[_row].Length = Math.Min(_rows[_row].Length, _column);
                break;
            case 'J':
                _rows.ForEach(row => row.Clear());
                break;
            case 'H':
                string[] place = sequence[..^1].Split(';');
                _row = place[0].Length == 0 ? 0 : int.Parse(place[0]) - 1;
                _column = place.Length < 2 ? 0 : int.Parse(place[1]) - 1;
                break;
            case 'h' or 'l':
                IsOther = sequence[..^1] == "?1049" ? sequence[^1] == 'h' : IsOther;
                break;
            default:
                Assert.Fail("unknown control sequence " + sequence);
                break;
        }

        return end + 1;
    }
}
