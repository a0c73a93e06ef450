using Multicosm.Machine;

namespace Multicosm.Vmx.Emulation;

/// <summary>Where a memory operand lies: in one page, or in two that need not be neighbours.</summary>
internal struct OperandLocation
{
    /// <summary>Its first byte.</summary>
    public GuestPhysicalAddress First;

    /// <summary>Its first byte in the second page.</summary>
    public GuestPhysicalAddress Second;

    /// <summary>Bytes in the first page.</summary>
    public int FirstBytes;

    /// <summary>Its linear address.</summary>
    public ulong Linear;

    /// <summary>All its bytes; 0 while the instruction has not asked for it.</summary>
    public int Bytes;

    /// <summary>True if it is written.</summary>
    public bool IsWritten;
}
