namespace Multicosm.Machine;

/// <summary>What a backend's building steps return.</summary>
public enum BackendStatus : byte
{
    /// <summary>Done.</summary>
    Success,

    /// <summary>One step done, more to do: call again.</summary>
    InProgress,

    /// <summary>Nothing can be done before another domain has acted: then <see cref="BackendDomain.IsWoken"/> is set.</summary>
    Waiting,

    /// <summary>Not enough free memory.</summary>
    OutOfMemory,

    /// <summary>The processor cannot: <see cref="VcpuBackend.UnusableReason"/> says why.</summary>
    Unusable,
}
