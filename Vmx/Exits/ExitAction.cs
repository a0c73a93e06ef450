namespace Multicosm.Vmx.Exits;

/// <summary>What happens after an exit was handled.</summary>
internal enum ExitAction : byte
{
    /// <summary>Enter again at the same RIP (an event may have been queued for injection).</summary>
    Resume,

    /// <summary>The instruction is complete: enter again behind it.</summary>
    Advance,

    /// <summary>A device has answered and the instruction is complete: it may have moved a timer, raised an interrupt, or ended the run.</summary>
    Served,

    /// <summary>The vCPU's Exit asks for an answer, or ends the slice.</summary>
    Forward,

    /// <summary>The vCPU's Crash record is filled: the domain ends.</summary>
    Crash,
}
