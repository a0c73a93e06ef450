namespace Multicosm.Domains.Configuration;

/// <summary>How a domain is virtualised: the key <c>type</c>.</summary>
public enum DomainType : byte
{
    /// <summary>What this computer can do best: <see cref="Hvm"/> where VT-x is usable.</summary>
    Auto,

    /// <summary>An unmodified guest on emulated PC hardware, under VT-x.</summary>
    Hvm,

    /// <summary>A guest started through the PVH entry point.</summary>
    Pvh,

    /// <summary>A guest modified for the Xen PV ABI.</summary>
    Pv,
}
