#if MULTICOSM_FAULT_DEVICE
using Multicosm.Machine;

namespace Multicosm.Vmx.Exits;

/// <summary>
/// Test builds only: VMCALL with RAX = <see cref="Request"/> takes the 4 KiB page at RBX away from the guest until it is touched,
/// so that the delivery of an event can be interrupted by an exit.
/// </summary>
internal static unsafe class PageTaker
{
    private const ulong Request = 0x54414B45;

    /// <summary>VMCALL.</summary>
    public static ExitAction Take(VmxVcpu vcpu)
    {
        GuestPhysicalAddress address = new(vcpu.Registers->Rbx & ~4095UL);
        if (vcpu.Registers->Rax != Request || !vcpu.Domain.Tables.TryTakePage(address))
        {
            return Injection.InvalidOpcode(vcpu);
        }

        VmxBackend.InvalidateEpt(vcpu.Domain.Tables.Pointer);
        return ExitAction.Advance;
    }

    /// <summary>Gives the page back if <paramref name="address"/> lies in it.</summary>
    public static bool TryGiveBack(VmxVcpu vcpu, GuestPhysicalAddress address) => vcpu.Domain.Tables.TryGivePage(address);
}
#endif
