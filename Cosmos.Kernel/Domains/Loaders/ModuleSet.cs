using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>The files that a kernel gets beside itself: a ramdisk, or modules, each with the text that stands beside its path in the domain file.</summary>
public sealed class ModuleSet
{
    /// <summary>The most modules.</summary>
    public const int Maximum = 8;

    private readonly BootModule?[] _modules = new BootModule?[Maximum];
    private readonly int[] _textStarts = new int[Maximum];
    private readonly int[] _textLengths = new int[Maximum];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Removes all.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds one whose text is <paramref name="textLength"/> bytes of the domain file's value from <paramref name="textStart"/> on; false if there are too many.</summary>
    public bool TryAdd(BootModule module, int textStart, int textLength)
    {
        if (Count == Maximum)
        {
            return false;
        }

        _modules[Count] = module;
        _textStarts[Count] = textStart;
        _textLengths[Count] = textLength;
        Count++;
        return true;
    }

    /// <summary>The bytes of module <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> ContentOf(int index) => _modules[index]!.Content;

    /// <summary>The text of module <paramref name="index"/>, of the <paramref name="value"/> that named it: its path and what follows.</summary>
    public ReadOnlySpan<byte> TextOf(int index, ReadOnlySpan<byte> value) => value.Slice(_textStarts[index], _textLengths[index]);
}
