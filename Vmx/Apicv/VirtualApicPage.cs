using System.Threading;
using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Vmx.Apicv;

/// <summary>
/// A local APIC's registers in the page that the processor reads and changes by itself. The object is the slot's; the page is a frame of the domain
/// that lives there, and without one all registers are 0. Without APIC virtualization the processor knows the task priority (CR8) alone.
/// </summary>
/// <source>SDM 3C, "APIC Virtualization and Virtual Interrupts"</source>
internal sealed unsafe class VirtualApicPage(bool isProcessorPage) : ApicRegisters
{
    private const int OffsetMask = 0xFF0;

    private byte* _page;

    /// <inheritdoc/>
    public override bool IsProcessorPage { get; } = isProcessorPage;

    /// <summary>Where the page is, for the VMCS.</summary>
    public HostPhysicalAddress Address { get; private set; }

    /// <summary>Gives it a page.</summary>
    public void Attach(HostFrame frame)
    {
        Address = frame.Address;
        _page = DirectMap.Pointer(frame.Address);
        Clear();
    }

    /// <summary>Forgets the page: it belongs to the domain that is being destroyed.</summary>
    public void Detach()
    {
        Address = default;
        _page = null;
    }

    /// <inheritdoc/>
    public override uint Read(int offset) => _page == null ? 0 : Volatile.Read(ref *(uint*)(_page + (offset & OffsetMask)));

    /// <inheritdoc/>
    public override void Write(int offset, uint value)
    {
        if (_page != null)
        {
            Volatile.Write(ref *(uint*)(_page + (offset & OffsetMask)), value);
        }
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        if (_page != null)
        {
            DirectMap.Clear(Address, 4096);
        }
    }
}
