using System;

namespace Multicosm.Domains.Configuration;

/// <summary>
/// The files that a value of <c>ramdisk</c> names: one path for Linux; for a multiboot kernel a list with commas, in which a path may be
/// followed by a space and arguments.
/// </summary>
/// <param name="value">The value.</param>
/// <param name="isMany">True for a list.</param>
public ref struct ModuleList(ReadOnlySpan<byte> value, bool isMany)
{
    private readonly ReadOnlySpan<byte> _value = value;
    private readonly bool _isMany = isMany;
    private int _next;
    private bool _isEnded;

    /// <summary>The one file that <paramref name="value"/> names.</summary>
    public static ModuleList OfRamdisk(ReadOnlySpan<byte> value) => new(value, false);

    /// <summary>The files that <paramref name="value"/> lists.</summary>
    public static ModuleList OfModules(ReadOnlySpan<byte> value) => new(value, true);

    /// <summary>The next: its path, and where in the value path and arguments stand; false if there is none left.</summary>
    public bool TryNext(out ReadOnlySpan<byte> path, out int start, out int length)
    {
        start = _next;
        length = 0;
        path = default;
        if (_isEnded)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = _value[_next..];
        int comma = _isMany ? rest.IndexOf((byte)',') : -1;
        length = comma < 0 ? rest.Length : comma;
        _isEnded = comma < 0;
        _next += length + 1;
        path = rest[..length];
        int space = _isMany ? path.IndexOf((byte)' ') : -1;
        path = space < 0 ? path : path[..space];
        return true;
    }
}
