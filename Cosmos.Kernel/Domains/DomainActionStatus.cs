namespace Multicosm.Domains;

/// <summary>What became of something that the operator asked of a domain.</summary>
public enum DomainActionStatus : byte
{
    /// <summary>Done.</summary>
    Success,

    /// <summary>The domain is in a state in which that cannot be done; nothing has changed.</summary>
    WrongState,

    /// <summary>Done, but the guest has not asked to be told of its power button: it will do nothing.</summary>
    NobodyListens,

    /// <summary>A name may not be so.</summary>
    InvalidName,

    /// <summary>Another domain has that name.</summary>
    NameTaken,

    /// <summary>A number is out of range.</summary>
    InvalidValue,
}
