namespace Multicosm.Machine;

/// <summary>The router's answer to a <see cref="VcpuExit"/>, taken by the backend's Complete.</summary>
public struct ExitReply
{
    /// <summary>The value read; the backend truncates it to the access's size.</summary>
    public ulong Value;
}
