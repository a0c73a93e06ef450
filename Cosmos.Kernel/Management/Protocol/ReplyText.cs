using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>What a verb prints, on its way into a string of the reply: nothing is buffered but the last line, which is the error if the verb fails.</summary>
public sealed class ReplyText(TextOutput line) : TextOutput
{
    /// <summary>Bytes that must stay free on the line behind the text: the error, each byte of it expanded, and the reply's end.</summary>
    public const int Reserve = (LastLineBytes * JsonEscape.WorstExpansion) + 128;

    private const int LastLineBytes = 512;

    private readonly TextBuffer _lastLine = new(LastLineBytes);
    private bool _isLineEnded;

    /// <summary>The last line that has text in it.</summary>
    public ReadOnlySpan<byte> LastLine => _lastLine.Text;

    /// <summary>Starts a new text.</summary>
    public void Begin()
    {
        _lastLine.Clear();
        _isLineEnded = false;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text)
    {
        JsonEscape.Write(line, text);
        for (int i = 0; i < text.Length; i++)
        {
            bool isEnd = text[i] is (byte)'\n' or (byte)'\r';
            if (!isEnd && _isLineEnded)
            {
                _lastLine.Clear();
            }

            _isLineEnded = isEnd;
            if (!isEnd)
            {
                _lastLine.Write(text.Slice(i, 1));
            }
        }
    }
}
