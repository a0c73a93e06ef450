using System;

namespace Multicosm.Machine;

/// <summary>What the operator may ask about this PC and this hypervisor. Texts are UTF-8.</summary>
public abstract class HostInfo
{
    /// <summary>The hypervisor's version, as "0.1.0".</summary>
    public abstract ReadOnlySpan<byte> Version { get; }

    /// <summary>The processor's brand string, without padding.</summary>
    public abstract ReadOnlySpan<byte> ProcessorName { get; }

    /// <summary>How the hypervisor was started, as "multiboot2, BIOS".</summary>
    public abstract ReadOnlySpan<byte> BootPath { get; }
}
