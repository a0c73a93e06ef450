#if MULTICOSM_FAULT_DEVICE
using Multicosm.Machine;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>
/// Test builds only: VMCALL with a request in RAX. TakePage takes the 4 KiB page at RBX away from the guest until it is touched, so that
/// the delivery of an event is interrupted by an exit; the others make the next VM entry fail.
/// </summary>
internal static unsafe class FaultCalls
{
    private const ulong TakePage = 0x54414B45;
    private const ulong BreakGuestState = 0x42524B47;
    private const ulong BreakControls = 0x42524B43;

    /// <summary>VMCALL.</summary>
    public static ExitAction Call(VmxVcpu vcpu)
    {
        switch (vcpu.Registers->Rax)
        {
            case TakePage when vcpu.Domain.Tables.TryTakePage(new GuestPhysicalAddress(vcpu.Registers->Rbx & ~4095UL)):
                VmxBackend.InvalidateEpt(vcpu.Domain.Tables.Pointer);
                return ExitAction.Advance;
            case BreakGuestState:
                CurrentVmcs.Write(VmcsGuestNatural.Rflags, 0UL);
                return ExitAction.Advance;
            case BreakControls:
                CurrentVmcs.Write(VmcsControl32.PinBased, 0u);
                return ExitAction.Advance;
            default:
                return Injection.InvalidOpcode(vcpu);
        }
    }

    /// <summary>Gives the page back if <paramref name="address"/> lies in it.</summary>
    public static bool TryGiveBack(VmxVcpu vcpu, GuestPhysicalAddress address) => vcpu.Domain.Tables.TryGivePage(address);
}
#endif
