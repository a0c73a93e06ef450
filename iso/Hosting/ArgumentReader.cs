using System.Collections.Generic;
using System.Globalization;

namespace Multicosm.Hosting;

/// <summary>Walks over a command line; options may be written <c>--name value</c> or <c>--name=value</c>.</summary>
public sealed class ArgumentReader
{
    private readonly IReadOnlyList<string> _arguments;
    private int _next;
    private string? _attached;

    /// <summary>Makes one that stands before the first argument.</summary>
    public ArgumentReader(IReadOnlyList<string> arguments) => _arguments = arguments;

    /// <summary>The argument at hand: an option without its attached value, or another word.</summary>
    public string Current { get; private set; } = "";

    /// <summary>True if <see cref="Current"/> is an option.</summary>
    public bool IsOption { get; private set; }

    /// <summary>Goes on to the next argument; false at the end.</summary>
    public bool Next()
    {
        if (_attached != null)
        {
            throw new HostException(ExitCode.Usage, Current + " takes no value");
        }

        if (_next == _arguments.Count)
        {
            return false;
        }

        Current = _arguments[_next++];
        IsOption = Current.Length > 1 && Current[0] == '-';
        int equals = Current.IndexOf('=');
        if (IsOption && Current[1] == '-' && equals > 0)
        {
            _attached = Current[(equals + 1)..];
            Current = Current[..equals];
        }

        return true;
    }

    /// <summary>The value of the option at hand.</summary>
    public string Value()
    {
        string? value = _attached;
        _attached = null;
        if (value == null && _next < _arguments.Count)
        {
            value = _arguments[_next++];
        }

        return value ?? throw new HostException(ExitCode.Usage, Current + " wants a value");
    }

    /// <summary>The value of the option at hand, a whole number within limits.</summary>
    public int Number(int minimum, int maximum)
    {
        string option = Current;
        string text = Value();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum
            ? number
            : throw new HostException(ExitCode.Usage, $"{option} wants a number from {minimum} to {maximum}, not '{text}'");
    }
}
