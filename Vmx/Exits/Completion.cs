namespace Multicosm.Vmx.Exits;

/// <summary>What is left to do for the instruction behind the vCPU's Exit when its answer is there.</summary>
internal enum Completion : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Go on behind the instruction.</summary>
    Advance,

    /// <summary>MOV from CR8: value to the register.</summary>
    TaskPriorityRead,
}
