using System;

namespace Multicosm.Domains.Configuration;

/// <summary>What would have been right, in words.</summary>
internal static class ConfigurationExpectations
{
    /// <summary>What a value of <paramref name="key"/> may be, or why it must be there.</summary>
    public static ReadOnlySpan<byte> OfKey(ConfigurationKey key, ConfigurationStatus status) => (key, status) switch
    {
        (ConfigurationKey.Type, _) => "'hvm', 'pvh', 'pv' or 'auto'"u8,
        (ConfigurationKey.Cpu, _) => "'host', 'arrandale', 'sandybridge', 'ivybridge', 'haswell', 'broadwell', 'skylake', 'cannonlake', 'icelake' or 'tigerlake'"u8,
        (ConfigurationKey.Vcpus, _) => "1 (more than one vCPU is built for type 'pv' only)"u8,
        (ConfigurationKey.Serial, _) => "'pty'"u8,
        (ConfigurationKey.Name, _) => "name = \"...\""u8,
        (ConfigurationKey.Kernel, _) => "kernel = \"...\" (starting from a disk is not built yet)"u8,
        _ => "'destroy', 'restart' or 'preserve'"u8,
    };

    /// <summary>What the syntax allows there.</summary>
    public static ReadOnlySpan<byte> OfStatus(ConfigurationStatus status) => status switch
    {
        ConfigurationStatus.ControlCharacter => "text without control characters"u8,
        ConfigurationStatus.UnterminatedString => "the closing quote on the same line"u8,
        ConfigurationStatus.UnknownEscape => "one of \\\\ \\' \\\" \\a \\b \\f \\n \\r \\t \\v \\ooo \\xHH"u8,
        ConfigurationStatus.UnterminatedList => "']'"u8,
        ConfigurationStatus.MalformedList => "values separated by ',' and then ']'"u8,
        ConfigurationStatus.ListTooDeep => "at most four levels"u8,
        ConfigurationStatus.ExpectedKey => "a key, '=' and its value"u8,
        ConfigurationStatus.ExpectedEquals => "'=' and the key's value"u8,
        ConfigurationStatus.ExpectedValue => "a number, a quoted string or a list"u8,
        ConfigurationStatus.ExpectedEndOfStatement => "the end of the line or ';'"u8,
        ConfigurationStatus.ExpectedString => "a string or a number"u8,
        ConfigurationStatus.ExpectedList => "a list of quoted strings in [ ]"u8,
        ConfigurationStatus.InvalidName => "letters, digits and . _ + - (not first)"u8,
        _ => "something"u8,
    };
}
