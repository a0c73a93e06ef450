namespace Multicosm.Paravirt.Events;

/// <summary>A row of a guest's trap table.</summary>
/// <source>Xen headers "xen.h"</source>
internal struct TrapEntry
{
    /// <summary>Where the handler begins; 0 if there is none.</summary>
    public ulong Address;

    /// <summary>Code selector, RPL 3.</summary>
    public ushort Selector;

    /// <summary>Bits 1:0: the highest privilege number that may raise it by INT; bit 2: events are masked on entry.</summary>
    public byte Flags;
}
