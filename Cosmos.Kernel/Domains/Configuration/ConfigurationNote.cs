namespace Multicosm.Domains.Configuration;

/// <summary>A warning, about which key, in which line.</summary>
public readonly struct ConfigurationNote
{
    /// <summary>Makes one.</summary>
    public ConfigurationNote(ConfigurationWarning warning, ConfigurationKey key, int line)
    {
        Warning = warning;
        Key = key;
        Line = line;
    }

    /// <summary>What about it.</summary>
    public ConfigurationWarning Warning { get; }

    /// <summary>The key.</summary>
    public ConfigurationKey Key { get; }

    /// <summary>Line of the file, from 1; 0 if it did not come from the file.</summary>
    public int Line { get; }
}
