using System;

namespace Multicosm.Machine;

/// <summary>What the operator may ask about this PC and this hypervisor. Texts are UTF-8.</summary>
public abstract class HostInfo
{
    /// <summary>The hypervisor's version, as "0.1.0".</summary>
    public abstract ReadOnlySpan<byte> Version { get; }

    /// <summary>The processor's brand string, without padding.</summary>
    public abstract ReadOnlySpan<byte> ProcessorName { get; }

    /// <summary>Ticks of the TSC from the boot loader's hand-over to the prompt.</summary>
    public abstract ulong StartTicks { get; }

    /// <summary>Parts of start-up, in their order; together they are <see cref="StartTicks"/>.</summary>
    public abstract int StartPartCount { get; }

    /// <summary>Name of part <paramref name="index"/>.</summary>
    public abstract ReadOnlySpan<byte> StartPartName(int index);

    /// <summary>Ticks of part <paramref name="index"/>.</summary>
    public abstract ulong StartPartTicks(int index);

    /// <summary>Writes how the PC was started and what its firmware told, a "NAME: VALUE" line each.</summary>
    public abstract void WriteBoot(TextOutput output);
}
