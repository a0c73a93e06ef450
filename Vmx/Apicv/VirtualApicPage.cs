using System.Threading;
using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Vmx.Apicv;

/// <summary>A local APIC's registers in the page that the processor reads and changes by itself. The page is the slot's, for ever.</summary>
/// <source>SDM 3C, "APIC Virtualization and Virtual Interrupts"</source>
internal sealed unsafe class VirtualApicPage(HostFrame frame) : ApicRegisters
{
    private const int OffsetMask = 0xFF0;

    private readonly byte* _page = DirectMap.Pointer(frame.Address);

    /// <inheritdoc/>
    public override bool IsShared => true;

    /// <summary>Where the page is, for the VMCS.</summary>
    public HostPhysicalAddress Address => frame.Address;

    /// <inheritdoc/>
    public override uint Read(int offset) => Volatile.Read(ref *(uint*)(_page + (offset & OffsetMask)));

    /// <inheritdoc/>
    public override void Write(int offset, uint value) => Volatile.Write(ref *(uint*)(_page + (offset & OffsetMask)), value);

    /// <inheritdoc/>
    public override void Clear() => DirectMap.Clear(frame.Address, 4096);
}
