namespace Multicosm.Domains.Configuration;

/// <summary>What reading a domain file can come to. Where and about which key: <see cref="ConfigurationDiagnostics"/>.</summary>
public enum ConfigurationStatus : byte
{
    /// <summary>All understood.</summary>
    Success,

    /// <summary>A NUL or another control character, in the text or made by an escape.</summary>
    ControlCharacter,

    /// <summary>A character that begins nothing.</summary>
    UnexpectedCharacter,

    /// <summary>A string without its closing quote on the same line.</summary>
    UnterminatedString,

    /// <summary>A backslash before something that it does not belong to.</summary>
    UnknownEscape,

    /// <summary>A list without its closing bracket.</summary>
    UnterminatedList,

    /// <summary>A list whose values are not separated by commas, or are not values.</summary>
    MalformedList,

    /// <summary>A list in lists in lists, deeper than anything that means something.</summary>
    ListTooDeep,

    /// <summary>A statement that does not begin with a key.</summary>
    ExpectedKey,

    /// <summary>A key without '=' behind it.</summary>
    ExpectedEquals,

    /// <summary>An '=' without a value behind it.</summary>
    ExpectedValue,

    /// <summary>Something behind a value on the same line.</summary>
    ExpectedEndOfStatement,

    /// <summary>A key that is not known.</summary>
    UnknownKey,

    /// <summary>The key wants a string and got a list.</summary>
    ExpectedString,

    /// <summary>The key wants a list and got a number or a string.</summary>
    ExpectedList,

    /// <summary>The key wants a number within its limits and got something else.</summary>
    InvalidNumber,

    /// <summary>A string longer than the key may have.</summary>
    ValueTooLong,

    /// <summary>An empty string where something must be.</summary>
    EmptyValue,

    /// <summary>A name with other characters than a name may have.</summary>
    InvalidName,

    /// <summary>A word that is not one of those that the key knows.</summary>
    UnknownWord,

    /// <summary>A known value whose part of the hypervisor is not built yet.</summary>
    NotBuiltYet,

    /// <summary>A key that must be there is not.</summary>
    MissingKey,
}
