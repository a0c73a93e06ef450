using System;
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
    private uint _indexed = IndexedLeaves;
    private uint _highest;
    private uint _executeDisable; // the bit, if the processor has it

    /// <summary>Sets every leaf to zeros.</summary>
    public void Clear()
    {
        _basic = default;
        _hypervisor = default;
        _extended = default;
        _indexed = IndexedLeaves;
        _highest = 0;
    }

    /// <summary>All leaves are set: basic leaves above the one that leaf 0 names answer as that one does.</summary>
    /// <source>SDM 2A, "CPUID - CPU Identification"</source>
    public void Complete()
    {
        _highest = Math.Min(_basic[0].Eax, BasicLeaves - 1);
        _executeDisable = _extended[1].Edx & ExecuteDisable;
        for (uint leaf = _highest + 1; leaf < BasicLeaves; leaf++)
        {
            _indexed &= ~(1u << (int)leaf);
            _indexed |= (_indexed >> (int)_highest & 1) << (int)leaf;
            for (int subleaf = 0; subleaf < Subleaves; subleaf++)
            {
                _basic[(int)(leaf * Subleaves) + subleaf] = _basic[(int)(_highest * Subleaves) + subleaf];
            }
        }
    }

    /// <summary>What IA32_MISC_ENABLE takes away: basic leaves above 2, and the execute-disable bit.</summary>
    /// <source>SDM 4, "Architectural MSRs"</source>
    public void Limit(bool leaves, bool executeDisable)
    {
        _basic[0].Eax = leaves ? LimitedLeaves : _highest;
        uint features = _extended[1].Edx & ~ExecuteDisable;
        _extended[1].Edx = executeDisable ? features : features | _executeDisable;
    }

    /// <summary>Shows or hides the local APIC, which IA32_APIC_BASE switches on and off.</summary>
    /// <source>SDM 3A, "Enabling or Disabling the Local APIC"</source>
    public void ShowApic(bool isShown) => _basic[Subleaves].Edx = isShown ? _basic[Subleaves].Edx | HasApic : _basic[Subleaves].Edx & ~HasApic;

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
    /// <see cref="HasSubleaves"/> says which are indexed. Leaves that no class has answer as the highest basic one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly CpuidResult Lookup(uint leaf, uint subleaf)
    {
        // The masks prove to the compiler that no index can be wrong.
        if (leaf < BasicLeaves)
        {
            uint row = (_indexed >> (int)leaf & 1) != 0 ? subleaf : 0;
            return ref row < Subleaves ? ref _basic[(int)((leaf * Subleaves) + row) & ((BasicLeaves * Subleaves) - 1)] : ref _none;
        }

        if (leaf - 0x80000000u <= _extended[0].Eax - 0x80000000u)
        {
            return ref _extended[(int)leaf & (ExtendedLeaves - 1)];
        }

        if (leaf - 0x40000000u < HypervisorLeaves)
        {
            return ref _hypervisor[(int)leaf & (HypervisorLeaves - 1)];
        }

        return ref Lookup(_highest, subleaf);
    }

    /// <summary>True for the basic leaves that ECX indexes.</summary>
    /// <source>SDM 2A, "CPUID - CPU Identification"</source>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasSubleaves(uint leaf) => leaf < BasicLeaves && (IndexedLeaves >> (int)leaf & 1) != 0;

    // 4 caches, 7 features, 0xB topology, 0xD XSAVE, 0xF, 0x10, 0x12, 0x14, 0x17, 0x18, 0x1B, 0x1D, 0x1E, 0x1F
    private const uint IndexedLeaves = (1u << 4) | (1u << 7) | (1u << 0xB) | (1u << 0xD) | (1u << 0xF) | (1u << 0x10) | (1u << 0x12)
        | (1u << 0x14) | (1u << 0x17) | (1u << 0x18) | (1u << 0x1B) | (1u << 0x1D) | (1u << 0x1E) | (1u << 0x1F);

    private const uint HasApic = 1 << 9; // leaf 1, EDX
    private const uint LimitedLeaves = 2;
    private const uint ExecuteDisable = 1 << 20;

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
