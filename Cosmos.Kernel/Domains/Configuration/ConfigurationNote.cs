using System;

namespace Multicosm.Domains.Configuration;

/// <summary>A warning, about which key, in which line.</summary>
public readonly struct ConfigurationNote
{
    private readonly int _xenKey;

    /// <summary>Makes one about a key.</summary>
    public ConfigurationNote(ConfigurationWarning warning, ConfigurationKey key, int line)
    {
        Warning = warning;
        Key = key;
        Line = line;
    }

    /// <summary>Makes one about a key of xl that has no meaning here: <paramref name="xenKey"/> is a result of <see cref="XenKeys.Find"/>.</summary>
    public ConfigurationNote(int xenKey, int line)
    {
        Warning = ConfigurationWarning.NotSupported;
        Line = line;
        _xenKey = xenKey;
    }

    /// <summary>What about it.</summary>
    public ConfigurationWarning Warning { get; }

    /// <summary>The key; None if it is none of ours.</summary>
    public ConfigurationKey Key { get; }

    /// <summary>How the key is spelt.</summary>
    public ReadOnlySpan<byte> KeyName => Warning == ConfigurationWarning.NotSupported ? XenKeys.NameAt(_xenKey) : ConfigurationKeys.NameOf(Key);

    /// <summary>Line of the file, from 1; 0 if it did not come from the file.</summary>
    public int Line { get; }
}
