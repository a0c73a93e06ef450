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
        while (!text.IsEmpty)
        {
            int newline = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = newline < 0 ? text : text[..newline];
            if (!part.IsEmpty && _isLineEnded)
            {
                _lastLine.Clear();
            }

            _lastLine.Write(part);
            _isLineEnded = newline >= 0 || (_isLineEnded && part.IsEmpty);
            text = newline < 0 ? default : text[(newline + 1)..];
        }
    }
}
