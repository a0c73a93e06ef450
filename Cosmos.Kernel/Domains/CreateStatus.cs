namespace Multicosm.Domains;

/// <summary>What registering a domain can come to.</summary>
public enum CreateStatus : byte
{
    /// <summary>It is registered, in state building.</summary>
    Success,

    /// <summary>Its file or an assignment is wrong: the messages say what.</summary>
    BadConfiguration,

    /// <summary>A living domain has that name.</summary>
    NameTaken,

    /// <summary>No slot is free, or no memory for another one.</summary>
    NoSlot,
}
