using System;

namespace Multicosm.Machine;

/// <summary>A file that the boot loader brought, in memory for as long as the host runs.</summary>
public abstract class BootModule
{
    /// <summary>Its name on the ISO: a path with '/' between parts, UTF-8.</summary>
    public abstract ReadOnlySpan<byte> Name { get; }

    /// <summary>True if it is a domain file.</summary>
    public abstract bool IsDomainFile { get; }

    /// <summary>Its bytes; never more than 2 GiB.</summary>
    public abstract ReadOnlySpan<byte> Content { get; }
}
