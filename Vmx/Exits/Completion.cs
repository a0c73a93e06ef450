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

    /// <summary>INS: value to memory, next element.</summary>
    StringIn,

    /// <summary>OUTS: next element.</summary>
    StringOut,

    /// <summary>A load from emulated memory: value to the register.</summary>
    MemoryLoad,

    /// <summary>A store to emulated memory.</summary>
    MemoryStore,

    /// <summary>MOVS from emulated memory: the value goes to the destination.</summary>
    CopyLoaded,

    /// <summary>One element of a string instruction on emulated memory is done.</summary>
    StringElement,

    /// <summary>RDMSR: value to EDX:EAX, or #GP.</summary>
    MsrRead,

    /// <summary>WRMSR: done, or #GP.</summary>
    MsrWrite,

    /// <summary>MOV from CR8: value to the register.</summary>
    TaskPriorityRead,
}
