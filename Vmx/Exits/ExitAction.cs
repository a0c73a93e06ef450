namespace Multicosm.Vmx.Exits;

/// <summary>What happens after an exit was handled.</summary>
internal enum ExitAction : byte
{
    /// <summary>Enter again at the same RIP (an event may have been queued for injection).</summary>
    Resume,

    /// <summary>The instruction is complete: enter again behind it.</summary>
    Advance,

    /// <summary>The vCPU's Exit asks for an answer, or ends the slice.</summary>
    Forward,

    /// <summary>The vCPU's Crash record is filled: the domain ends.</summary>
    Crash,
}
