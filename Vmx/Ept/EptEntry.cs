using Multicosm.Machine;

namespace Multicosm.Vmx.Ept;

/// <summary>One entry of an EPT paging structure.</summary>
/// <source>SDM 3C, "The Extended Page Table Mechanism (EPT)"</source>
internal readonly struct EptEntry(ulong raw)
{
    private const ulong ReadWriteExecute = 7;
    private const ulong WriteBack = 6 << 3;
    private const ulong LargePage = 1 << 7;
    private const ulong Device = 1UL << 55;
    private const ulong FrameMask = 0x000FFFFFFFFFF000;

    /// <summary>The entry as the CPU reads it.</summary>
    public ulong Raw { get; } = raw;

    /// <summary>True for a page that is a device's to the guest: no copy reaches it. The CPU ignores the bit.</summary>
    public bool IsDevice => (Raw & Device) != 0;

    /// <summary>True if the entry leads on or maps memory.</summary>
    public bool IsPresent => (Raw & 7) != 0;

    /// <summary>True for a 2 MiB or 1 GiB leaf.</summary>
    public bool IsLarge => (Raw & LargePage) != 0;

    /// <summary>Host address of the table or page.</summary>
    public HostPhysicalAddress Address => new(Raw & FrameMask);

    /// <summary>An entry that leads to a table.</summary>
    public static EptEntry Table(HostFrame frame) => new(frame.Address.Value | ReadWriteExecute);

    /// <summary>RAM: write-back, the guest's PAT decides further; 4 KiB.</summary>
    public static EptEntry Page(HostFrame frame) => new(frame.Address.Value | ReadWriteExecute | WriteBack);

    /// <summary>The page by which the CPU recognises accesses to the local APIC.</summary>
    public static EptEntry DevicePage(HostFrame frame) => new(Page(frame).Raw | Device);

    /// <summary>RAM, 2 MiB.</summary>
    public static EptEntry Large(HostFrame frame) => new(frame.Address.Value | ReadWriteExecute | WriteBack | LargePage);
}
