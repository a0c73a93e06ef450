namespace Multicosm.Devices.XenPv.Store;

/// <summary>What the store answers when it does not do what was asked.</summary>
/// <source>Xen headers "io/xs_wire.h"</source>
public enum StoreError : byte
{
    /// <summary>Done.</summary>
    None,

    /// <summary>The request makes no sense.</summary>
    Invalid,

    /// <summary>Not allowed to this domain.</summary>
    Access,

    /// <summary>It is there already.</summary>
    Exists,

    /// <summary>It is not there.</summary>
    NoEntry,

    /// <summary>A quota is used up.</summary>
    NoSpace,

    /// <summary>The store does not know this request.</summary>
    NoSystem,

    /// <summary>A transaction is under way already.</summary>
    Busy,

    /// <summary>Others have changed what the transaction has used: it is undone, and may be tried again.</summary>
    Again,

    /// <summary>Too many or too long.</summary>
    TooBig,

    /// <summary>Only who owns the node may do it.</summary>
    NotPermitted,
}
