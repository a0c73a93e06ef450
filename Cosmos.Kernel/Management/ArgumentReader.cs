using System;

namespace Multicosm.Management;

/// <summary>
/// Goes through a command line from left to right, as getopt does: "-ab" is "-a -b", the value of an option follows at once or as the next
/// word, "--" ends the options. The options are letters, those that take a value with ':' behind them; a '+' before them ends the
/// options at the first word.
/// </summary>
public ref struct ArgumentReader(ReadOnlySpan<byte> text, ReadOnlySpan<byte> options)
{
    private readonly ReadOnlySpan<byte> _options = options;
    private ReadOnlySpan<byte> _rest = text;
    private ReadOnlySpan<byte> _letters;
    private bool _isOnlyWords;

    /// <summary>What has not been gone through.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Takes the next thing: the letter of an option, and the word, the value, or the word that holds an unknown option.</summary>
    public ArgumentKind Next(out byte option, out ReadOnlySpan<byte> value)
    {
        option = 0;
        value = default;
        if (!_letters.IsEmpty)
        {
            return NextLetter(out option, out value);
        }

        ReadOnlySpan<byte> word = Words.Take(ref _rest);
        if (!_isOnlyWords && word.SequenceEqual("--"u8))
        {
            _isOnlyWords = true;
            word = Words.Take(ref _rest);
        }

        if (word.IsEmpty)
        {
            return ArgumentKind.End;
        }

        if (_isOnlyWords || word.Length < 2 || word[0] != (byte)'-')
        {
            _isOnlyWords |= _options.StartsWith("+"u8);
            value = word;
            return ArgumentKind.Word;
        }

        _letters = word[1..];
        ArgumentKind kind = NextLetter(out option, out value);
        value = kind == ArgumentKind.UnknownOption ? word : value;
        return kind;
    }

    private ArgumentKind NextLetter(out byte option, out ReadOnlySpan<byte> value)
    {
        option = _letters[0];
        value = _letters;
        _letters = _letters[1..];
        int index = option is (byte)':' or (byte)'+' ? -1 : _options.IndexOf(option);
        if (index < 0)
        {
            return ArgumentKind.UnknownOption;
        }

        bool takesValue = index + 1 < _options.Length && _options[index + 1] == (byte)':';
        if (!takesValue)
        {
            value = default;
            return ArgumentKind.Option;
        }

        value = _letters.IsEmpty ? Words.Take(ref _rest) : _letters;
        _letters = default;
        return value.IsEmpty ? ArgumentKind.MissingValue : ArgumentKind.Option;
    }
}
