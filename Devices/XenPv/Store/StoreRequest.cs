namespace Multicosm.Devices.XenPv.Store;

/// <summary>Types of messages between a guest and the store.</summary>
/// <source>Xen headers "io/xs_wire.h"</source>
internal enum StoreRequest : uint
{
    /// <summary>Names of a node's children.</summary>
    Directory = 1,

    /// <summary>A node's value.</summary>
    Read = 2,

    /// <summary>Who may use a node.</summary>
    GetPermissions = 3,

    /// <summary>Tell of changes.</summary>
    Watch = 4,

    /// <summary>Do not tell any more.</summary>
    Unwatch = 5,

    /// <summary>Begin a transaction.</summary>
    TransactionStart = 6,

    /// <summary>End a transaction.</summary>
    TransactionEnd = 7,

    /// <summary>For the manager's side alone.</summary>
    Introduce = 8,

    /// <summary>For the manager's side alone.</summary>
    Release = 9,

    /// <summary>The path of a domain's part.</summary>
    GetDomainPath = 10,

    /// <summary>Set a value.</summary>
    Write = 11,

    /// <summary>Create a node.</summary>
    MakeDirectory = 12,

    /// <summary>Remove a node.</summary>
    Remove = 13,

    /// <summary>Set who may use a node.</summary>
    SetPermissions = 14,

    /// <summary>To the guest: something has changed.</summary>
    WatchEvent = 15,

    /// <summary>To the guest: the request was refused.</summary>
    Error = 16,

    /// <summary>Does the store know this domain?</summary>
    IsDomainIntroduced = 17,

    /// <summary>For the manager's side alone.</summary>
    Resume = 18,

    /// <summary>For the manager's side alone.</summary>
    SetTarget = 19,

    /// <summary>Forget all watches and transactions.</summary>
    ResetWatches = 21,

    /// <summary>A part of the names of a node's children.</summary>
    DirectoryPart = 22,
}
