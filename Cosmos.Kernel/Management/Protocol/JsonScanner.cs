using System;

namespace Multicosm.Management.Protocol;

/// <summary>
/// Walks over one JSON text, strictly, in bounded memory. Strings are decoded where they stand: they only become shorter. Every method
/// that returns false leaves the scanner at what is wrong; nothing can be read after that.
/// </summary>
/// <source>RFC 8259 "JSON Grammar", "Strings", "Numbers"</source>
public ref struct JsonScanner(Span<byte> text)
{
    /// <summary>How deep arrays and objects that are skipped may lie in each other.</summary>
    public const int MaximumDepth = 32;

    private readonly Span<byte> _text = text;
    private int _at;

    /// <summary>True behind the last byte.</summary>
    public readonly bool IsAtEnd => _at == _text.Length;

    /// <summary>True if what could not be skipped lies too deep, and is not wrong otherwise.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>The next byte behind white space; 0 at the end.</summary>
    public byte Peek()
    {
        while (!IsAtEnd && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _at++;
        }

        return IsAtEnd ? (byte)0 : _text[_at];
    }

    /// <summary>Takes <paramref name="wanted"/>, white space before it as well, if it is next.</summary>
    public bool TryTake(byte wanted)
    {
        bool found = Peek() == wanted && !IsAtEnd;
        _at += found ? 1 : 0;
        return found;
    }

    /// <summary>Reads a string: its bytes, a character each. <paramref name="isWide"/> if some were above U+00FF, and are question marks now.</summary>
    public bool TryString(out ReadOnlySpan<byte> value, out bool isWide)
    {
        value = default;
        isWide = false;
        if (!TryTake((byte)'"'))
        {
            return false;
        }

        int start = _at;
        int end = start;
        while (!IsAtEnd && _text[_at] is >= 0x20 and not (byte)'"')
        {
            if (!TryCharacter(out int character))
            {
                return false;
            }

            isWide |= character > 0xFF;
            _text[end++] = (byte)(character > 0xFF ? '?' : character);
        }

        value = _text[start..end];
        return !IsAtEnd && _text[_at++] == (byte)'"';
    }

    /// <summary>Reads a number: its text.</summary>
    public bool TryNumber(out ReadOnlySpan<byte> value)
    {
        _ = Peek(); // skips white space
        int start = _at;
        bool good = true;
        _ = Accept((byte)'-', (byte)'-');
        good &= Accept((byte)'0', (byte)'0') || Digits();
        if (Accept((byte)'.', (byte)'.'))
        {
            good &= Digits();
        }

        if (Accept((byte)'e', (byte)'e') || Accept((byte)'E', (byte)'E'))
        {
            _ = Accept((byte)'+', (byte)'+') || Accept((byte)'-', (byte)'-');
            good &= Digits();
        }

        value = _text[start.._at];
        return good;
    }

    /// <summary>Reads null, true or false, as <paramref name="word"/> says.</summary>
    public bool TryWord(ReadOnlySpan<byte> word)
    {
        _ = Peek(); // skips white space
        bool found = ((ReadOnlySpan<byte>)_text[_at..]).StartsWith(word);
        _at += found ? word.Length : 0;
        return found;
    }

    /// <summary>Reads the name of a member and its colon.</summary>
    public bool TryName(out ReadOnlySpan<byte> name) => TryString(out name, out _) && TryTake((byte)':');

    /// <summary>Reads over a value of any kind. A bit for each array or object that it is in tells which of both.</summary>
    public bool TrySkip()
    {
        ulong objects = 0;
        int depth = 0;
        do
        {
            byte next = Peek();
            if (next is (byte)'{' or (byte)'[')
            {
                _at++;
                bool isObject = next == (byte)'{';
                objects = (objects << 1) | (isObject ? 1u : 0);
                depth++;
                IsTooDeep = depth > MaximumDepth;
                if (IsTooDeep)
                {
                    return false;
                }

                if (Peek() != (isObject ? (byte)'}' : (byte)']'))
                {
                    if (isObject && !TryName(out _))
                    {
                        return false;
                    }

                    continue;
                }
            }
            else if (!TrySkipSimple(next))
            {
                return false;
            }

            if (!TryLeave(ref objects, ref depth))
            {
                return false;
            }
        }
        while (depth > 0);
        return true;
    }

    // Behind a value: the ends of what it is the last of, then a comma if something is still open.
    private bool TryLeave(ref ulong objects, ref int depth)
    {
        while (depth > 0)
        {
            bool isObject = (objects & 1) != 0;
            if (TryTake((byte)','))
            {
                return !isObject || TryName(out _);
            }

            if (!TryTake(isObject ? (byte)'}' : (byte)']'))
            {
                return false;
            }

            objects >>= 1;
            depth--;
        }

        return true;
    }

    private bool TrySkipSimple(byte next) => next switch
    {
        (byte)'"' => TryString(out _, out _),
        (byte)'t' => TryWord("true"u8),
        (byte)'f' => TryWord("false"u8),
        (byte)'n' => TryWord("null"u8),
        _ => TryNumber(out _),
    };

    private bool TryCharacter(out int character)
    {
        character = _text[_at++];
        if (character == '\\')
        {
            return TryEscape(out character);
        }

        if (character >= 0x80)
        {
            // UTF-8 of U+0080..U+00FF is a byte of ours; longer forms are only stepped over.
            bool isByte = character is 0xC2 or 0xC3 && !IsAtEnd && (_text[_at] & 0xC0) == 0x80;
            character = isByte ? ((character & 3) << 6) | (_text[_at] & 0x3F) : int.MaxValue;
            _at += isByte ? 1 : 0;
        }

        return true;
    }

    private bool TryEscape(out int character)
    {
        byte kind = IsAtEnd ? (byte)0 : _text[_at++];
        character = kind switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => kind,
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'u' => FourDigits(),
            _ => -1,
        };
        return character >= 0;
    }

    private int FourDigits()
    {
        int value = 0;
        for (int i = 0; i < 4; i++)
        {
            int digit = IsAtEnd ? -1 : HexDigit(_text[_at++]);
            value = digit < 0 || value < 0 ? -1 : (value << 4) | digit;
        }

        return value;
    }

    private static int HexDigit(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => -1,
    };

    private bool Digits()
    {
        int start = _at;
        while (Accept((byte)'0', (byte)'9'))
        {
        }

        return _at > start;
    }

    private bool Accept(byte from, byte to)
    {
        bool found = !IsAtEnd && _text[_at] >= from && _text[_at] <= to;
        _at += found ? 1 : 0;
        return found;
    }
}
