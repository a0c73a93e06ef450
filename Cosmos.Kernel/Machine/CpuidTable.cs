using System.Runtime.CompilerServices;

namespace Multicosm.Machine;

/// <summary>
/// What one domain's CPUID returns: rows as data, set while the domain is built and read by the backend at each CPUID exit.
/// The backend itself patches what depends on a vCPU's state: OSXSAVE (leaf 1), OSPKE (leaf 7) and the enabled XSAVE size (leaf 0xD).
/// </summary>
public sealed class CpuidTable
{
    /// <summary>Basic leaves 0..31, each with subleaves 0..15.</summary>
    public const int BasicLeaves = 32;

    /// <summary>Subleaves kept per basic leaf.</summary>
    public const int Subleaves = 16;

    /// <summary>Hypervisor leaves 0x40000000..0x40000007.</summary>
    public const int HypervisorLeaves = 8;

    /// <summary>Extended leaves 0x80000000..0x8000001F.</summary>
    public const int ExtendedLeaves = 32;

    private BasicRows _basic;
    private HypervisorRows _hypervisor;
    private ExtendedRows _extended;
    private CpuidResult _none; // stays zero

    /// <summary>Sets every leaf to zeros.</summary>
    public void Clear()
    {
        _basic = default;
        _hypervisor = default;
        _extended = default;
    }

    /// <summary>Sets a leaf; false if the table has no place for it.</summary>
    public bool TrySet(uint leaf, uint subleaf, in CpuidResult result)
    {
        if (leaf < BasicLeaves && subleaf < Subleaves)
        {
            _basic[(int)((leaf * Subleaves) + subleaf)] = result;
        }
        else if (leaf - 0x40000000u < HypervisorLeaves && subleaf == 0)
        {
            _hypervisor[(int)(leaf - 0x40000000u)] = result;
        }
        else if (leaf - 0x80000000u < ExtendedLeaves && subleaf == 0)
        {
            _extended[(int)(leaf - 0x80000000u)] = result;
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>
    /// The answer to CPUID. Leaves with no subleaves must be set with subleaf 0 only and are found whatever ECX holds, since
    /// <see cref="HasSubleaves"/> says which are indexed. Unknown leaves answer as the highest basic leaf would on hardware that has none: zeros.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly CpuidResult Lookup(uint leaf, uint subleaf)
    {
        // The masks prove to the compiler that no index can be wrong.
        if (leaf < BasicLeaves)
        {
            uint row = HasSubleaves(leaf) ? subleaf : 0;
            return ref row < Subleaves ? ref _basic[(int)((leaf * Subleaves) + row) & ((BasicLeaves * Subleaves) - 1)] : ref _none;
        }

        if (leaf - 0x80000000u < ExtendedLeaves)
        {
            return ref _extended[(int)leaf & (ExtendedLeaves - 1)];
        }

        return ref leaf - 0x40000000u < HypervisorLeaves ? ref _hypervisor[(int)leaf & (HypervisorLeaves - 1)] : ref _none;
    }

    /// <summary>True for the basic leaves that ECX indexes.</summary>
    /// <source>SDM 2A, "CPUID - CPU Identification"</source>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasSubleaves(uint leaf) => leaf < BasicLeaves && (IndexedLeaves >> (int)leaf & 1) != 0;

    // 4 caches, 7 features, 0xB topology, 0xD XSAVE, 0xF, 0x10, 0x12, 0x14, 0x17, 0x18, 0x1B, 0x1D, 0x1E, 0x1F
    private const uint IndexedLeaves = (1u << 4) | (1u << 7) | (1u << 0xB) | (1u << 0xD) | (1u << 0xF) | (1u << 0x10) | (1u << 0x12)
        | (1u << 0x14) | (1u << 0x17) | (1u << 0x18) | (1u << 0x1B) | (1u << 0x1D) | (1u << 0x1E) | (1u << 0x1F);

    [InlineArray(BasicLeaves * Subleaves)]
    private struct BasicRows
    {
        private CpuidResult _first;
    }

    [InlineArray(HypervisorLeaves)]
    private struct HypervisorRows
    {
        private CpuidResult _first;
    }

    [InlineArray(ExtendedLeaves)]
    private struct ExtendedRows
    {
        private CpuidResult _first;
    }
}
