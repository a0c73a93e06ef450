namespace Multicosm.Paravirt.Abi;

/// <summary>What a hypercall returns when it does not do what was asked: the numbers are the ABI's, negative in RAX.</summary>
/// <source>Xen headers "errno.h"</source>
internal enum XenError
{
    /// <summary>Done.</summary>
    None = 0,

    /// <summary>Not allowed to this domain.</summary>
    NotPermitted = 1,

    /// <summary>There is no such thing.</summary>
    NoEntry = 2,

    /// <summary>There is no such domain.</summary>
    NoDomain = 3,

    /// <summary>The argument list is too long.</summary>
    TooBig = 7,

    /// <summary>Not now: try again.</summary>
    Again = 11,

    /// <summary>No memory is left for it.</summary>
    NoMemory = 12,

    /// <summary>Access denied.</summary>
    Access = 13,

    /// <summary>An address that the caller may not use.</summary>
    Fault = 14,

    /// <summary>In use.</summary>
    Busy = 16,

    /// <summary>It exists already.</summary>
    Exists = 17,

    /// <summary>There is no such device.</summary>
    NoDevice = 19,

    /// <summary>An argument makes no sense.</summary>
    Invalid = 22,

    /// <summary>No room is left.</summary>
    NoSpace = 28,

    /// <summary>Out of the allowed range.</summary>
    Range = 34,

    /// <summary>There is no such hypercall or command.</summary>
    NoSystemCall = 38,

    /// <summary>The time has passed.</summary>
    Timeout = 62,

    /// <summary>Not supported here.</summary>
    NotSupported = 95,

    /// <summary>
    /// Ours alone, never seen by a guest: the work is not finished and its state is kept; the same hypercall is to be made again
    /// once others have had their turn.
    /// </summary>
    Unfinished = 0x1000,
}
