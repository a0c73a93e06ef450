using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Those of the current VMCS, each read only when it is asked for.</summary>
internal readonly struct CurrentPagingRegisters : IPagingRegisters
{
    /// <inheritdoc/>
    public ulong Cr0 => CurrentVmcs.Read(VmcsGuestNatural.Cr0);

    /// <inheritdoc/>
    public ulong Cr3 => CurrentVmcs.Read(VmcsGuestNatural.Cr3);

    /// <inheritdoc/>
    public ulong Cr4 => CurrentVmcs.Read(VmcsGuestNatural.Cr4);

    /// <inheritdoc/>
    public ulong Efer => CurrentVmcs.Read(VmcsGuest64.Efer);

    /// <inheritdoc/>
    public int PhysicalAddressBits => (int)(HostCpuid.Read(0x80000008, 0).Eax & 0xFF);

    /// <inheritdoc/>
    public ulong Pdpte(uint index) => CurrentVmcs.Read(VmcsGuest64.Pdpte0 + (index * 2));
}
