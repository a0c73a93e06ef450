namespace Multicosm.Machine;

/// <summary>One remembered VM exit.</summary>
public struct ExitHistoryEntry
{
    /// <summary>The backend's own reason number; <see cref="VcpuBackend.ExitName"/> names it.</summary>
    public uint Reason;

    /// <summary>The backend's qualification.</summary>
    public ulong Qualification;

    /// <summary>Guest RIP at the exit.</summary>
    public ulong Rip;

    /// <summary>What it was about; <see cref="VcpuBackend.WriteExitArguments"/> puts it in words.</summary>
    public ExitArguments Arguments;
}
