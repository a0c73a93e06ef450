namespace Multicosm.Management.Protocol;

/// <summary>What became of reading a request.</summary>
public enum JsonStatus : byte
{
    /// <summary>It is understood.</summary>
    Success,

    /// <summary>It is not JSON.</summary>
    Malformed,

    /// <summary>Arrays and objects lie too deep in each other.</summary>
    TooDeep,

    /// <summary>It is JSON, but not an object.</summary>
    NotAnObject,

    /// <summary>"id" is neither a number nor a string.</summary>
    WrongId,

    /// <summary>"id" is longer than is kept.</summary>
    LongId,

    /// <summary>"verb" is not there.</summary>
    NoVerb,

    /// <summary>"verb" is not a string, or an empty one.</summary>
    WrongVerb,

    /// <summary>"args" is not an array of strings.</summary>
    WrongArguments,

    /// <summary>There are more arguments than are kept.</summary>
    ManyArguments,

    /// <summary>A string that matters has a character above U+00FF, which is no byte.</summary>
    WideCharacter,

    /// <summary>An argument has both kinds of quotes and blanks, so that it cannot be quoted.</summary>
    Unquotable,

    /// <summary>The line was too long, and is forgotten.</summary>
    LongLine,
}
