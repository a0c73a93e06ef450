namespace Multicosm.Platform.Cpu;

/// <summary>What becomes of a measure against a leak of the processor's own.</summary>
public enum MitigationUse : byte
{
    /// <summary>It is taken.</summary>
    InUse,

    /// <summary>The processor says that it does not leak this way.</summary>
    NotNeeded,

    /// <summary>The processor, or its microcode, cannot do it.</summary>
    NotThere,
}
