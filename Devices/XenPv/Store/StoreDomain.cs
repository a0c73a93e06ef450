using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>What a new domain finds about itself in the store.</summary>
public ref struct StoreDomain
{
    /// <summary>Its number, not 0.</summary>
    public ushort Number;

    /// <summary>Its name.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>Its RAM in KiB.</summary>
    public ulong MemoryKilobytes;

    /// <summary>vCPUs.</summary>
    public int VcpuCount;

    /// <summary>Machine frame of the console ring, and the port of its event channel.</summary>
    public ulong ConsoleFrame, ConsolePort;

    /// <summary>Machine frame of the store's ring, and the port of its event channel.</summary>
    public ulong StoreFrame, StorePort;
}
