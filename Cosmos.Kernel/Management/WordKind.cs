namespace Multicosm.Management;

/// <summary>What a word of a command line may be, for those who complete it.</summary>
public enum WordKind : byte
{
    /// <summary>Anything.</summary>
    Any,

    /// <summary>A verb.</summary>
    Verb,

    /// <summary>An option of the verb.</summary>
    Option,

    /// <summary>The name of a domain.</summary>
    Domain,

    /// <summary>A domain file of the ISO.</summary>
    DomainFile,

    /// <summary>One of <see cref="Verb.Choices"/>.</summary>
    Choice,
}
