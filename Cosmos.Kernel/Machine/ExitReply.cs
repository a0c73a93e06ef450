namespace Multicosm.Machine;

/// <summary>The router's answer to a <see cref="VcpuExit"/>, taken by the backend's Complete.</summary>
public struct ExitReply
{
    /// <summary>The value read; the backend truncates it to the access's size.</summary>
    public ulong Value;

    /// <summary>The access faults: the guest gets #GP(0) and the instruction does not complete.</summary>
    public bool Fault;
}
