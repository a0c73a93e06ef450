using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>RDMSR and WRMSR of registers that the MSR bitmap does not pass through: the vCPU's table says who answers.</summary>
internal static unsafe class MsrExits
{
    private const uint FirstX2Apic = 0x800;
    private const uint X2ApicRegisters = 0x100;
    private const ulong ApicEnable = 1 << 11;
    private const uint LimitCpuid = 1 << 22;
    private const ulong ExecuteDisable = 1UL << 34;
    private const ulong BranchTrap = 1 << 1;
    private const ulong PerformanceMonitoring = 1 << 7; // says whether counters are there; writes do not change it

    /// <summary>RDMSR: done, or #GP(0) is queued. <paramref name="registers"/> are the vCPU's.</summary>
    public static void Read(VmxVcpu vcpu, GuestRegisters* registers)
    {
        uint index = (uint)registers->Rcx;
        ulong value;
        if (IsApic(index))
        {
            if (!vcpu.Interrupts.TryReadMsr(index, out value))
            {
                Refuse(vcpu);
                return;
            }
        }
        else if (!TryRead(vcpu, index, out value))
        {
            Refuse(vcpu);
            return;
        }

        vcpu.History.LatestArguments.Value = value;
        registers->Rax = (uint)value;
        registers->Rdx = value >> 32;
        vcpu.Advance(registers);
    }

    /// <summary>WRMSR: done, or #GP(0) is queued. <paramref name="registers"/> are the vCPU's.</summary>
    public static void Write(VmxVcpu vcpu, GuestRegisters* registers)
    {
        uint index = (uint)registers->Rcx;
        ulong value = (uint)registers->Rax | (registers->Rdx << 32);
        vcpu.History.LatestArguments.Value = value;
        if (IsApic(index) ? vcpu.Interrupts.TryWriteMsr(index, value) : TryWrite(vcpu, index, value))
        {
            vcpu.Advance(registers);
        }
        else
        {
            Refuse(vcpu);
        }
    }

    // The registers that guests use all the time do not wait for the table.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsApic(uint index) => index - FirstX2Apic < X2ApicRegisters || index == VmxMsr.TscDeadline;

    private static void Refuse(VmxVcpu vcpu) => _ = Injection.GeneralProtection(vcpu); // the next entry delivers it

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(VmxVcpu vcpu, uint index, out ulong value)
    {
        MsrTable table = vcpu.Msrs;
        int row = table.Find(index);
        MsrPolicy policy = row < 0 ? MsrPolicy.Fault : table.Rule(row).Read;
        if (policy is MsrPolicy.Constant or MsrPolicy.Stored)
        {
            value = table.Value(row);
            return true;
        }

        return TryReadOther(vcpu, policy, index, row, out value);
    }

    private static bool TryReadOther(VmxVcpu vcpu, MsrPolicy policy, uint index, int row, out ulong value)
    {
        value = 0;
        return policy switch
        {
            MsrPolicy.Apic => vcpu.Interrupts.TryReadMsr(index, out value),
            MsrPolicy.Backend => TryReadOwn(vcpu, index, row, out value),
            _ => row < 0 && IsIgnored(vcpu, index),
        };
    }

    private static bool TryWrite(VmxVcpu vcpu, uint index, ulong value)
    {
        int row = vcpu.Msrs.Find(index);
        MsrPolicy policy = row < 0 ? MsrPolicy.Fault : vcpu.Msrs.Rule(row).Write;
        return policy switch
        {
            MsrPolicy.Constant => true,
            MsrPolicy.Stored => vcpu.Msrs.TryStore(row, value),
            MsrPolicy.Apic => TryWriteBase(vcpu, index, value),
            MsrPolicy.Backend => TryWriteOwn(vcpu, index, row, value),
            _ => row < 0 && IsIgnored(vcpu, index),
        };
    }

    // IA32_APIC_BASE. CPUID shows an APIC while there is one.
    private static bool TryWriteBase(VmxVcpu vcpu, uint index, ulong value)
    {
        if (!vcpu.Interrupts.TryWriteMsr(index, value))
        {
            return false;
        }

        vcpu.Cpuid.ShowApic((value & ApicEnable) != 0);
        vcpu.PlaceApic();
        return true;
    }

    private static bool IsIgnored(VmxVcpu vcpu, uint index)
    {
        vcpu.Msrs.Unknown.Note(index);
        return vcpu.Msrs.Unknown.AreIgnored;
    }

    private static bool TryReadOwn(VmxVcpu vcpu, uint index, int row, out ulong value)
    {
        switch (index)
        {
            case VmxMsr.TimeStampCounter:
                value = CpuInstructions.ReadTimeStamp() + vcpu.TscOffset;
                return true;
            case VmxMsr.TscAdjust:
                value = vcpu.TscAdjust;
                return true;
            case VmxMsr.DebugControl:
                // The processor clears BTF when it delivers #DB.
                value = (vcpu.Msrs.Value(row) & ~BranchTrap) | (CurrentVmcs.Read(VmcsGuest64.DebugControl) & BranchTrap);
                return true;
            case VmxMsr.SupervisorState:
                value = 0;
                return GuestFeatures.HasXsaves(vcpu.Cpuid);
            default:
                value = 0;
                return false; // the bitmap passes all others through, where the CPU has them
        }
    }

    /// <source>SDM 3B, "Time-Stamp Counter Adjustment"</source>
    private static bool TryWriteOwn(VmxVcpu vcpu, uint index, int row, ulong value)
    {
        switch (index)
        {
            case VmxMsr.TimeStampCounter:
                Shift(vcpu, value - (CpuInstructions.ReadTimeStamp() + vcpu.TscOffset));
                return true;
            case VmxMsr.TscAdjust:
                Shift(vcpu, value - vcpu.TscAdjust);
                return true;
            case VmxMsr.SupervisorState:
                return value == 0 && GuestFeatures.HasXsaves(vcpu.Cpuid);
            case VmxMsr.DebugControl when vcpu.Msrs.TryStore(row, value):
                CurrentVmcs.Write(VmcsGuest64.DebugControl, value & BranchTrap);
                return true;
            case VmxMsr.MiscEnable when vcpu.Msrs.TryStore(row, (value & ~PerformanceMonitoring) | (vcpu.Msrs.Value(row) & PerformanceMonitoring)):
                vcpu.Cpuid.Limit((value & LimitCpuid) != 0, (value & ExecuteDisable) != 0);
                return true;
            default:
                return false;
        }
    }

    // Writing either register moves both by the same amount.
    private static void Shift(VmxVcpu vcpu, ulong by)
    {
        vcpu.TscOffset += by;
        vcpu.TscAdjust += by;
        vcpu.Interrupts.TscOffset = vcpu.TscOffset;
        CurrentVmcs.Write(VmcsControl64.TscOffset, vcpu.TscOffset);
    }
}
