using System;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;

namespace Multicosm.Vmx.Entry;

/// <summary>
/// The state that no VMCS field holds and that stays in the CPU while a vCPU is attached: the upper halves of AVX, PKRU, XCR0, debug registers,
/// CR2, and the MSRs that the MSR bitmap passes through. x87, SSE and MXCSR are not among it: vmx_enter saves and loads them around each
/// exit. The host's own code uses none of it but XMM.
/// </summary>
internal static unsafe class VcpuSwitch
{
    private const ulong ResetDr6 = 0xFFFF0FF0;
    private const ushort ResetFpuControl = 0x37F;
    private const uint ResetMxcsr = 0x1F80;
    private const int MxcsrOffset = 24;
    private const ulong Legacy = 3; // x87 and SSE

    /// <summary>Brings all of it to its state after reset, in memory.</summary>
    /// <source>SDM 3A, "Processor State After Reset"</source>
    public static void Reset(VmxVcpu vcpu)
    {
        *vcpu.Registers = default;
        vcpu.Registers->Xcr0 = 1;
        vcpu.Registers->Dr6 = ResetDr6;
        byte* registers = (byte*)vcpu.Registers; // begins with the FXSAVE image
        *(ushort*)registers = ResetFpuControl;
        *(uint*)(registers + MxcsrOffset) = ResetMxcsr;
        byte* extended = (byte*)vcpu.ExtendedArea;
        new Span<byte>(extended, 4096).Clear(); // a header of zeros means the initial configuration
        *(uint*)(extended + MxcsrOffset) = ResetMxcsr; // XRSTOR of AVX takes MXCSR with it and refuses a wrong one
    }

    /// <summary>Loads it; <paramref name="largestXcr0"/> is 0 on a CPU without XSAVE.</summary>
    public static void Load(VmxVcpu vcpu, ulong largestXcr0)
    {
        GuestRegisters* registers = vcpu.Registers;
        CpuInstructions.WriteMsr(VmxMsr.KernelGsBase, registers->KernelGsBase);
        CpuInstructions.WriteMsr(VmxMsr.Star, registers->Star);
        CpuInstructions.WriteMsr(VmxMsr.Lstar, registers->Lstar);
        CpuInstructions.WriteMsr(VmxMsr.Cstar, registers->Cstar);
        CpuInstructions.WriteMsr(VmxMsr.SyscallMask, registers->SyscallMask);
        _ = CpuInstructions.TryWriteMsr(VmxMsr.TscAux, registers->TscAux); // a CPU without RDTSCP has none
        CpuInstructions.WriteCr2(registers->Cr2);
        SwitchedState.LoadDebug(&registers->Dr0);
        if (largestXcr0 != 0)
        {
            SwitchedState.LoadExtended(vcpu.ExtendedArea, largestXcr0 & ~Legacy, largestXcr0, registers->Xcr0);
        }
    }

    /// <summary>Saves it.</summary>
    public static void Save(VmxVcpu vcpu, ulong largestXcr0)
    {
        if (largestXcr0 != 0)
        {
            SwitchedState.SaveExtended(vcpu.ExtendedArea, largestXcr0 & ~Legacy, largestXcr0, vcpu.Registers->Xcr0);
        }

        vcpu.Registers->Cr2 = CpuInstructions.ReadCr2();
        SaveRegisters(vcpu.Registers);
    }

    /// <summary>Saves the debug registers and MSRs alone.</summary>
    public static void SaveRegisters(GuestRegisters* registers)
    {
        SwitchedState.SaveDebug(&registers->Dr0);
        registers->KernelGsBase = CpuInstructions.ReadMsr(VmxMsr.KernelGsBase);
        registers->Star = CpuInstructions.ReadMsr(VmxMsr.Star);
        registers->Lstar = CpuInstructions.ReadMsr(VmxMsr.Lstar);
        registers->Cstar = CpuInstructions.ReadMsr(VmxMsr.Cstar);
        registers->SyscallMask = CpuInstructions.ReadMsr(VmxMsr.SyscallMask);
        ulong tscAux = 0;
        _ = CpuInstructions.TryReadMsr(VmxMsr.TscAux, &tscAux); // as above
        registers->TscAux = tscAux;
    }
}
