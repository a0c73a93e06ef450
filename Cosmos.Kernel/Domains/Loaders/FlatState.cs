using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>The state in which a 32-bit boot protocol starts a processor: protected mode, paging off, all segments 4 GiB from 0.</summary>
/// <source>Linux Documentation/arch/x86/boot.rst, "32-bit Boot Protocol"; SDM 3A, "Segment Descriptors"</source>
public static class FlatState
{
    private const ushort CodeSelector = 0x10;
    private const ushort DataSelector = 0x18;
    private const uint CodeRights = 0xC09B; // present, code, readable, accessed, 32-bit, 4 KiB units
    private const uint DataRights = 0xC093; // present, data, writable, accessed, 32-bit, 4 KiB units
    private const uint TaskRights = 0x8B;   // present, busy 32-bit task
    private const uint Unusable = 1u << 16;
    private const ulong ProtectedMode = 0x11; // PE, ET
    private const ulong FlagsAlwaysOne = 2;

    // Null, unused, __BOOT_CS, __BOOT_DS.
    /// <summary>The descriptor table: kernels reload their segments from it.</summary>
    public static ReadOnlySpan<byte> Gdt =>
    [
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        0xFF, 0xFF, 0, 0, 0, 0x9B, 0xCF, 0,
        0xFF, 0xFF, 0, 0, 0, 0x93, 0xCF, 0,
    ];

    /// <summary>Fills <paramref name="state"/>: starts at <paramref name="entry"/>, with the descriptor table at <paramref name="gdt"/>. What the protocol says in registers comes to it.</summary>
    public static void Fill(out VcpuState state, uint entry, uint gdt)
    {
        state = default;
        state.Rip = entry;
        state.Rflags = FlagsAlwaysOne;
        state.Cr0 = ProtectedMode;
        SegmentState data = Flat(DataSelector, DataRights);
        state.Cs = Flat(CodeSelector, CodeRights);
        state.Ss = data;
        state.Ds = data;
        state.Es = data;
        state.Fs = data;
        state.Gs = data;
        state.Tr.AccessRights = TaskRights;
        state.Tr.Limit = 0x67;
        state.Ldtr.AccessRights = Unusable;
        state.GdtrBase = gdt;
        state.GdtrLimit = (uint)Gdt.Length - 1;
    }

    private static SegmentState Flat(ushort selector, uint rights) => new() { Selector = selector, AccessRights = rights, Limit = uint.MaxValue };
}
