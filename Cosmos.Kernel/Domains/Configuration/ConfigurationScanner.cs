using System;

namespace Multicosm.Domains.Configuration;

/// <summary>Cuts the text of a domain file into tokens. It never reads beyond the text and always makes progress.</summary>
internal ref struct ConfigurationScanner
{
    private readonly ReadOnlySpan<byte> _text;
    private int _position;
    private int _lineStart;
    private int _line;
    private int _start;

    public ConfigurationScanner(ReadOnlySpan<byte> text)
    {
        _text = text;
        _line = 1;
        Line = 1;
        Fault = ConfigurationStatus.Success;
    }

    /// <summary>Line of the last token, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Column of the last token in bytes, from 1.</summary>
    public int Column { get; private set; }

    /// <summary>Why the last token is a <see cref="ConfigurationToken.Fault"/>.</summary>
    public ConfigurationStatus Fault { get; private set; }

    /// <summary>The last token's text, with the quotes of a string.</summary>
    public readonly ReadOnlySpan<byte> Text => _text[_start.._position];

    /// <summary>The next token; <paramref name="acrossLines"/> takes the end of a line for a blank.</summary>
    public ConfigurationToken Next(bool acrossLines)
    {
        SkipBlanks(acrossLines);
        _start = _position;
        Line = _line;
        Column = _position - _lineStart + 1;
        if (_position == _text.Length)
        {
            return ConfigurationToken.End;
        }

        byte first = _text[_position++];
        switch (first)
        {
            case (byte)'\n':
                _line++;
                _lineStart = _position;
                return ConfigurationToken.Separator;
            case (byte)';':
                return ConfigurationToken.Separator;
            case (byte)'=':
                return ConfigurationToken.Equals;
            case (byte)'[':
                return ConfigurationToken.ListOpen;
            case (byte)']':
                return ConfigurationToken.ListClose;
            case (byte)',':
                return ConfigurationToken.Comma;
            case (byte)'"' or (byte)'\'':
                return ScanString(first);
            default:
                return ScanWord(first);
        }
    }

    private void SkipBlanks(bool acrossLines)
    {
        while (_position < _text.Length)
        {
            byte value = _text[_position];
            bool ofLineEnd = value == '\r' && _position + 1 < _text.Length && _text[_position + 1] == '\n';
            if (value == '#')
            {
                SkipComment();
            }
            else if (acrossLines && value == '\n')
            {
                _position++;
                _line++;
                _lineStart = _position;
            }
            else if (value is (byte)' ' or (byte)'\t' || ofLineEnd)
            {
                _position++;
            }
            else
            {
                return;
            }
        }
    }

    // A control character ends a comment and is then found by the next token.
    private void SkipComment()
    {
        while (_position < _text.Length && !IsControl(_text[_position]))
        {
            _position++;
        }
    }

    private ConfigurationToken ScanString(byte quote)
    {
        while (_position < _text.Length && _text[_position] != '\n' && _text[_position] != '\r')
        {
            byte value = _text[_position++];
            if (value == quote)
            {
                return ConfigurationToken.String;
            }

            if (IsControl(value))
            {
                return Fail(ConfigurationStatus.ControlCharacter);
            }

            if (value == '\\' && _position < _text.Length && !IsControl(_text[_position]))
            {
                _position++;
            }
        }

        return Fail(ConfigurationStatus.UnterminatedString);
    }

    private ConfigurationToken ScanWord(byte first)
    {
        if (!IsWord(first))
        {
            return Fail(IsControl(first) ? ConfigurationStatus.ControlCharacter : ConfigurationStatus.UnexpectedCharacter);
        }

        while (_position < _text.Length && IsWord(_text[_position]))
        {
            _position++;
        }

        return first is >= (byte)'0' and <= (byte)'9' ? ConfigurationToken.Number : ConfigurationToken.Word;
    }

    private ConfigurationToken Fail(ConfigurationStatus status)
    {
        Fault = status;
        return ConfigurationToken.Fault;
    }

    internal static bool IsControl(byte value) => (value < 0x20 && value != '\t') || value == 0x7F;

    private static bool IsWord(byte value)
        => value is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_';
}
