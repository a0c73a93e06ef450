namespace Multicosm.Machine;

/// <summary>What an exit was about. An exit leaves RAX and RCX here, which is all that some need; who handles it puts in what it learns.</summary>
public struct ExitArguments
{
    /// <summary>RAX at the exit; for an access the value that went over, once it is known.</summary>
    public ulong Value;

    /// <summary>RCX at the exit; for an access to a device or a register its port, guest physical address or index.</summary>
    public ulong Address;
}
