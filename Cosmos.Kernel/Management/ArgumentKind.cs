namespace Multicosm.Management;

/// <summary>What stands next on a command line.</summary>
public enum ArgumentKind : byte
{
    /// <summary>Nothing more.</summary>
    End,

    /// <summary>A word that is no option.</summary>
    Word,

    /// <summary>An option of the verb, with its value if it takes one.</summary>
    Option,

    /// <summary>An option that the verb does not have.</summary>
    UnknownOption,

    /// <summary>An option whose value is missing.</summary>
    MissingValue,
}
