namespace Multicosm.Domains.Loaders;

/// <summary>A range of physical addresses, the second behind its last byte, and its type: 1 RAM, 2 reserved.</summary>
public readonly record struct MemoryRange(ulong Start, ulong End, uint Type);
