#if MULTICOSM_FAULT_DEVICE
using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>
/// Test builds only: VMCALL with a request in RAX. TakePage takes the 4 KiB page at RBX away from the guest until it is touched, so that
/// the delivery of an event is interrupted by an exit; two make the next VM entry fail; Fault faults in the backend in the way that RBX says.
/// </summary>
internal static unsafe class FaultCalls
{
    private const ulong TakePage = 0x54414B45;
    private const ulong BreakGuestState = 0x42524B47;
    private const ulong BreakControls = 0x42524B43;
    private const ulong Fault = 0x4641554C;

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
            case Fault:
                vcpu.Registers->Rax = (ulong)Cause((int)vcpu.Registers->Rbx, vcpu);
                return ExitAction.Advance;
            default:
                return Injection.InvalidOpcode(vcpu);
        }
    }

    /// <summary>Gives the page back if <paramref name="address"/> lies in it.</summary>
    public static bool TryGiveBack(VmxVcpu vcpu, GuestPhysicalAddress address) => vcpu.Domain.Tables.TryGivePage(address);

    // 1 bounds, 2 null, 3 overflow, 4 divide by zero, 5 cast, 6 stack overflow, 7 allocation after sealing; others do nothing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Cause(int kind, VmxVcpu vcpu)
    {
        MsrRule[]? nothing = null;
        return kind switch
        {
            1 => (int)vcpu.Msrs.Rules[kind + vcpu.Msrs.Rules.Length].Index,
            2 => nothing!.Length,
            3 => checked(kind + int.MaxValue),
            4 => int.MaxValue / (int)vcpu.Registers->Rcx, // the guest's RCX is 0
            5 => ((int[])(object)vcpu.Msrs)[0],
            6 => Deeper(kind),
            7 => Allocate(64).Length,
            _ => 0,
        };
    }

    // A call of its own: an array whose length alone is asked for is never made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int[] Allocate(int count) => new int[count];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Deeper(int depth) => depth < 0 ? 0 : Deeper(depth + 1) + Deeper(depth + 2);
}
#endif
