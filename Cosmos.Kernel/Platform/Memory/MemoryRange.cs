namespace Multicosm.Platform.Memory;

/// <summary>A range of physical addresses.</summary>
public struct MemoryRange
{
    /// <summary>The type of RAM that anyone may use.</summary>
    public const uint Ram = 1;

    /// <summary>First byte.</summary>
    public ulong Start;

    /// <summary>One past the last byte.</summary>
    public ulong End;

    /// <summary>Type as multiboot2 reports it: 1 <see cref="Ram"/>, 3 ACPI tables, 4 ACPI NVS, 5 bad, else reserved.</summary>
    public uint Type;
}
