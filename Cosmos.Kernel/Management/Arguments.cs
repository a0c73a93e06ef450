using System;

namespace Multicosm.Management;

/// <summary>What was typed behind a verb: its options, by letter, and its words, by number. See <see cref="ArgumentReader"/> for the syntax.</summary>
public readonly ref struct Arguments
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<byte> _options;

    /// <summary>Looks through <paramref name="text"/> for words and <paramref name="options"/>.</summary>
    public Arguments(ReadOnlySpan<byte> text, ReadOnlySpan<byte> options)
    {
        _text = text;
        _options = options;
        ArgumentReader reader = new(text, options);
        ArgumentKind kind;
        do
        {
            kind = reader.Next(out byte option, out ReadOnlySpan<byte> value);
            Count += kind == ArgumentKind.Word ? 1 : 0;
            if (kind is ArgumentKind.UnknownOption or ArgumentKind.MissingValue)
            {
                Fault = kind;
                FaultyOption = option;
                FaultyWord = value;
            }
        }
        while (kind != ArgumentKind.End && Fault == ArgumentKind.End);
    }

    /// <summary>Words that are no options.</summary>
    public int Count { get; }

    /// <summary>UnknownOption or MissingValue if the options are wrong, End if they are not.</summary>
    public ArgumentKind Fault { get; }

    /// <summary>The letter that is wrong.</summary>
    public byte FaultyOption { get; }

    /// <summary>The word with the unknown option in it.</summary>
    public ReadOnlySpan<byte> FaultyWord { get; }

    /// <summary>Word number <paramref name="index"/>; empty if there are not so many.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            _ = Seek(index, out ReadOnlySpan<byte> word); // empty without it
            return word;
        }
    }

    /// <summary>True if the option was given.</summary>
    public bool Has(byte option) => TryValue(option, out _);

    /// <summary>The value of an option, the last one if it was given twice; false if it was not given.</summary>
    public bool TryValue(byte option, out ReadOnlySpan<byte> value)
    {
        ArgumentReader reader = new(_text, _options);
        bool found = false;
        value = default;
        ArgumentKind kind;
        do
        {
            kind = reader.Next(out byte present, out ReadOnlySpan<byte> its);
            if (kind == ArgumentKind.Option && present == option)
            {
                found = true;
                value = its;
            }
        }
        while (kind != ArgumentKind.End);
        return found;
    }

    /// <summary>All that stands behind word number <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> Behind(int index) => Seek(index, out _);

    // Returns what is behind the word.
    private ReadOnlySpan<byte> Seek(int index, out ReadOnlySpan<byte> word)
    {
        ArgumentReader reader = new(_text, _options);
        int seen = -1;
        ArgumentKind kind;
        do
        {
            kind = reader.Next(out _, out word);
            seen += kind == ArgumentKind.Word ? 1 : 0;
        }
        while (kind != ArgumentKind.End && seen < index);
        return reader.Rest;
    }
}
