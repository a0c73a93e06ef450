namespace Multicosm.Vmx.Exits;

/// <summary>What is left to do for the instruction behind the vCPU's Exit when its answer is there.</summary>
internal enum Completion : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Go on behind the instruction.</summary>
    Advance,

    /// <summary>IN: value to the accumulator.</summary>
    PortIn,

    /// <summary>OUT: go on behind it.</summary>
    PortOut,

    /// <summary>A load from emulated memory: value to the register.</summary>
    MemoryLoad,

    /// <summary>A store to emulated memory.</summary>
    MemoryStore,

    /// <summary>A question of an emulated instruction is answered: the instruction is executed again.</summary>
    Instruction,

    /// <summary>MOV from CR8: value to the register.</summary>
    TaskPriorityRead,
}
