namespace Multicosm.Machine;

/// <summary>A fault of our own code that containment caught.</summary>
public struct FaultRecord
{
    /// <summary>CPU vector of the fault, or 255 for a C# exception without a CPU fault.</summary>
    public byte Vector;

    /// <summary>Address of the instruction, or of the throw site.</summary>
    public ulong Rip;

    /// <summary>Stack pointer there.</summary>
    public ulong Rsp;

    /// <summary>CR2 for a page fault, else 0.</summary>
    public ulong FaultAddress;

    /// <summary>The CPU's error code, or 0.</summary>
    public ulong ErrorCode;
}
