using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>RDMSR and WRMSR of registers that the MSR bitmap does not pass through: the domain's table says who answers.</summary>
internal static unsafe class MsrExits
{
    /// <summary>RDMSR.</summary>
    public static ExitAction Read(VmxVcpu vcpu)
    {
        uint index = (uint)vcpu.Registers->Rcx;
        int row = vcpu.Msrs.Find(index);
        MsrPolicy policy = row < 0 ? MsrPolicy.Fault : vcpu.Msrs.Rules[row].Read;
        switch (policy)
        {
            case MsrPolicy.Constant:
            case MsrPolicy.Stored:
                SetResult(vcpu, vcpu.Msrs.Value(row));
                return ExitAction.Advance;
            case MsrPolicy.Device:
                return vcpu.Ask(VcpuExitKind.MsrRead, index, 8, 0, Completion.MsrRead);
            case MsrPolicy.Backend:
                return ReadOwn(vcpu, index);
            default:
                return Injection.GeneralProtection(vcpu);
        }
    }

    /// <summary>WRMSR.</summary>
    public static ExitAction Write(VmxVcpu vcpu)
    {
        uint index = (uint)vcpu.Registers->Rcx;
        ulong value = (uint)vcpu.Registers->Rax | (vcpu.Registers->Rdx << 32);
        vcpu.History.LatestArguments.Value = value;
        int row = vcpu.Msrs.Find(index);
        MsrPolicy policy = row < 0 ? MsrPolicy.Fault : vcpu.Msrs.Rules[row].Write;
        switch (policy)
        {
            case MsrPolicy.Constant:
                return ExitAction.Advance;
            case MsrPolicy.Stored:
                return vcpu.Msrs.TryStore(row, value) ? ExitAction.Advance : Injection.GeneralProtection(vcpu);
            case MsrPolicy.Device:
                return vcpu.Ask(VcpuExitKind.MsrWrite, index, 8, value, Completion.MsrWrite);
            case MsrPolicy.Backend:
                return WriteOwn(vcpu, index, value);
            default:
                return Injection.GeneralProtection(vcpu);
        }
    }

    /// <summary>Puts a value into EDX:EAX.</summary>
    public static void SetResult(VmxVcpu vcpu, ulong value)
    {
        vcpu.History.LatestArguments.Value = value;
        vcpu.Registers->Rax = (uint)value;
        vcpu.Registers->Rdx = value >> 32;
    }

    private static ExitAction ReadOwn(VmxVcpu vcpu, uint index)
    {
        switch (index)
        {
            case VmxMsr.TimeStampCounter:
                SetResult(vcpu, CpuInstructions.ReadTimeStamp() + vcpu.TscOffset);
                return ExitAction.Advance;
            case VmxMsr.TscAdjust:
                SetResult(vcpu, vcpu.TscAdjust);
                return ExitAction.Advance;
            default:
                return Injection.GeneralProtection(vcpu); // the bitmap passes all others through, where the CPU has them
        }
    }

    /// <source>SDM 3B, "Time-Stamp Counter Adjustment"</source>
    private static ExitAction WriteOwn(VmxVcpu vcpu, uint index, ulong value)
    {
        switch (index)
        {
            case VmxMsr.TimeStampCounter:
                Shift(vcpu, value - (CpuInstructions.ReadTimeStamp() + vcpu.TscOffset));
                return ExitAction.Advance;
            case VmxMsr.TscAdjust:
                Shift(vcpu, value - vcpu.TscAdjust);
                return ExitAction.Advance;
            default:
                return Injection.GeneralProtection(vcpu);
        }
    }

    // Writing either register moves both by the same amount.
    private static void Shift(VmxVcpu vcpu, ulong by)
    {
        vcpu.TscOffset += by;
        vcpu.TscAdjust += by;
        CurrentVmcs.Write(VmcsControl64.TscOffset, vcpu.TscOffset);
    }
}
