namespace Multicosm.Paravirt.Grants;

/// <summary>What a single grant operation came to: the numbers are the ABI's.</summary>
/// <source>Xen headers "grant_table.h"</source>
internal enum GrantStatus : short
{
    /// <summary>Done.</summary>
    Okay = 0,

    /// <summary>Not done: the entry does not allow it.</summary>
    GeneralError = -1,

    /// <summary>There is no such domain.</summary>
    BadDomain = -2,

    /// <summary>The table has no such entry.</summary>
    BadReference = -3,

    /// <summary>There is no such mapping.</summary>
    BadHandle = -4,

    /// <summary>Not allowed to this domain.</summary>
    PermissionDenied = -8,

    /// <summary>The page cannot be used so.</summary>
    BadPage = -9,

    /// <summary>Offset and length do not lie in one page.</summary>
    BadCopyArgument = -10,

    /// <summary>No handle is left.</summary>
    NoSpace = -13,
}
