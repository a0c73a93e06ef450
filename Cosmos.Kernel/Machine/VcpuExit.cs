namespace Multicosm.Machine;

/// <summary>Why a vCPU came back, filled by the backend's Run. Addresses and values are the guest's; sizes are checked.</summary>
public struct VcpuExit
{
    /// <summary>What is asked.</summary>
    public VcpuExitKind Kind;

    /// <summary>Operand size in bytes: 1, 2, 4 or 8 (ports: 1, 2 or 4).</summary>
    public byte SizeBytes;

    /// <summary>For <see cref="VcpuExitKind.Crash"/>: why.</summary>
    public CrashReason Reason;

    /// <summary>Port number or guest physical address, as the kind says.</summary>
    public ulong Address;

    /// <summary>The value written, zero-extended from <see cref="SizeBytes"/>.</summary>
    public ulong Value;
}
