using System;

namespace Multicosm.Domains.Configuration;

/// <summary>A value that was read: text (a string with its escapes resolved, a number or word as written) or a list of so many values.</summary>
internal readonly ref struct ConfigurationValue
{
    private ConfigurationValue(ReadOnlySpan<byte> text, bool isList, int count)
    {
        Text = text;
        IsList = isList;
        Count = count;
    }

    public ReadOnlySpan<byte> Text { get; }

    public bool IsList { get; }

    public int Count { get; }

    public static ConfigurationValue OfText(ReadOnlySpan<byte> text) => new(text, false, 0);

    public static ConfigurationValue OfList(int count) => new(default, true, count);
}
