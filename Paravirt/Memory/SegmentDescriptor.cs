namespace Multicosm.Paravirt.Memory;

/// <summary>The rules for segment descriptors that a guest puts into a GDT or an LDT.</summary>
/// <source>SDM 3A, "Segment Descriptors"</source>
internal static class SegmentDescriptor
{
    /// <summary>GDT entries below this are the guest's.</summary>
    public const int GuestEntries = 14 * 512;

    /// <summary>Selectors of the hypervisor's that a guest may name: 32-bit code, data, 64-bit code. RPL 3.</summary>
    public const ushort FlatCode32 = 0xE023, FlatData = 0xE02B, FlatCode64 = 0xE033;

    private const ulong Present = 1UL << 47;
    private const ulong CodeOrData = 1UL << 44;
    private const ulong PrivilegeMask = 3UL << 45;
    private const ulong TypeMask = 0xFUL << 40;
    private const ulong CallGate = 0xCUL << 40;
    private const ulong CallGateReserved = 0xFFUL << 32;

    /// <summary>
    /// What may be stored for <paramref name="descriptor"/>: privilege 3 for code and data, a call gate that always faults. False if it
    /// is one that no guest may have.
    /// </summary>
    public static bool TryMakeSafe(ulong descriptor, out ulong safe)
    {
        safe = descriptor;
        if ((descriptor & Present) == 0)
        {
            return true;
        }

        if ((descriptor & CodeOrData) != 0)
        {
            safe = descriptor | PrivilegeMask;
            return true;
        }

        ulong type = descriptor & TypeMask;
        if (type == 0)
        {
            return true; // the second half of a gate
        }

        // Privilege 0 makes a call through the gate fault, with the gate's selector in the error code.
        safe = descriptor & ~PrivilegeMask;
        return type == CallGate && (descriptor & CallGateReserved) == 0 && IsGuestSelector((ushort)(descriptor >> 16));
    }

    /// <summary>True if a guest may have <paramref name="selector"/> in a gate: an LDT entry, a GDT entry of its own, or a flat one of ours.</summary>
    public static bool IsGuestSelector(ushort selector) =>
        (selector & 4) != 0 || selector >> 3 < GuestEntries || (selector | 3) is FlatCode32 or FlatData or FlatCode64;
}
