namespace Multicosm.Vmx.Exits;

/// <summary>The registers that say how a guest's addresses are translated; a constraint for structs, never a variable.</summary>
/// <source>SDM 3A, "Paging Modes and Control Bits"</source>
internal interface IPagingRegisters
{
    /// <summary>CR0.</summary>
    public ulong Cr0 { get; }

    /// <summary>CR3.</summary>
    public ulong Cr3 { get; }

    /// <summary>CR4.</summary>
    public ulong Cr4 { get; }

    /// <summary>IA32_EFER.</summary>
    public ulong Efer { get; }

    /// <summary>How wide physical addresses are.</summary>
    public int PhysicalAddressBits { get; }

    /// <summary>Page-directory-pointer-table entry <paramref name="index"/> (0..3) as PAE paging loaded it.</summary>
    public ulong Pdpte(uint index);
}
