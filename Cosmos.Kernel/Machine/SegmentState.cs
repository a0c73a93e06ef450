namespace Multicosm.Machine;

/// <summary>One segment register with its hidden part.</summary>
public struct SegmentState
{
    /// <summary>The selector that a program sees.</summary>
    public ushort Selector;

    /// <summary>Access rights in the VMCS layout: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16.</summary>
    /// <source>SDM 3C, "Guest Register State"</source>
    public uint AccessRights;

    /// <summary>Limit in bytes, last valid offset.</summary>
    public uint Limit;

    /// <summary>Base linear address.</summary>
    public ulong Base;
}
