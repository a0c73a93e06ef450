using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Exits of single instructions.</summary>
internal static unsafe class InstructionExits
{
    private const ulong InterruptFlag = 1 << 9;
    private const ulong TrapFlag = 1 << 8;
    private const uint OsXsave = 1 << 27;
    private const uint LastOfState = 0xD;
    private const ulong OsKeys = 1 << 4;
    private const uint LegacyAreaBytes = 576; // x87, SSE and the XSAVE header

    /// <summary>CPUID, from the domain's table; what depends on the vCPU is patched in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cpuid(VmxVcpu vcpu, GuestRegisters* registers)
    {
        uint leaf = (uint)registers->Rax;
        uint subleaf = (uint)registers->Rcx;
        ref readonly CpuidResult result = ref vcpu.Cpuid.Lookup(leaf, subleaf);
        registers->Rax = result.Eax;
        registers->Rbx = result.Ebx;
        registers->Rcx = result.Ecx;
        registers->Rdx = result.Edx;
        if (leaf - 1 < LastOfState) // most leaves are the same always
        {
            ShowState(vcpu, registers, leaf, subleaf);
        }
    }

    /// <summary>HLT: the scheduler waits for the guest.</summary>
    public static ExitAction Hlt(VmxVcpu vcpu)
    {
        if ((vcpu.Registers->Rflags & TrapFlag) != 0)
        {
            return ExitAction.Advance; // the single step that is due behind it ends it at once
        }

        bool masked = (vcpu.Registers->Rflags & InterruptFlag) == 0;
        return vcpu.Ask(masked ? VcpuExitKind.HaltMasked : VcpuExitKind.Halt, 0, 0, 0, Completion.Advance);
    }

    /// <summary>XSETBV: XCR0 is the guest's own while it is attached.</summary>
    /// <source>SDM 1, "Managing State Using the XSAVE Feature Set"</source>
    public static void Xsetbv(VmxVcpu vcpu, GuestRegisters* registers)
    {
        ulong value = (uint)registers->Rax | (registers->Rdx << 32);
        bool allowed = (uint)registers->Rcx == 0 && (value & ~vcpu.Xcr0Allowed) == 0 && (value & 1) != 0;
        if (!allowed || CpuInstructions.TrySetXcr0(value) == 0)
        {
            _ = Injection.GeneralProtection(vcpu); // the next entry delivers it
            return;
        }

        registers->Xcr0 = value;
        vcpu.Advance(registers);
    }

    // XSAVE and protection keys show whether CR4 has them on; sizes are those of the components in XCR0. IA32_XSS adds none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShowState(VmxVcpu vcpu, GuestRegisters* registers, uint leaf, uint subleaf)
    {
        if (leaf == 1)
        {
            bool enabled = (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & (1 << 18)) != 0;
            registers->Rcx = (registers->Rcx & ~(ulong)OsXsave) | (enabled ? OsXsave : 0);
            return;
        }

        if (leaf is not (7 or LastOfState))
        {
            return;
        }

        const ulong Keys = 1 << 22; // CR4.PKE
        const ulong CompactForms = (1 << 1) | (1 << 3); // XSAVEC, XSAVES
        if (leaf == 7)
        {
            bool enabled = subleaf == 0 && (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & Keys) != 0;
            registers->Rcx |= enabled ? OsKeys : 0;
        }
        else if (subleaf == 0)
        {
            registers->Rbx = EnabledAreaBytes(vcpu);
        }
        else if (subleaf == 1 && (registers->Rax & CompactForms) != 0)
        {
            registers->Rbx = CompactAreaBytes(vcpu);
        }
    }

    // What XSAVEC and XSAVES write: no component here is aligned.
    private static uint CompactAreaBytes(VmxVcpu vcpu)
    {
        uint bytes = LegacyAreaBytes;
        for (int component = 2; component < CpuidTable.Subleaves; component++)
        {
            bytes += (vcpu.Registers->Xcr0 >> component & 1) != 0 ? vcpu.Cpuid.Lookup(0xD, (uint)component).Eax : 0;
        }

        return bytes;
    }

    /// <summary>What XSAVE writes with the guest's XCR0: leaf 0xD, subleaves from 2, give size and offset of each component.</summary>
    public static uint EnabledAreaBytes(VmxVcpu vcpu)
    {
        uint bytes = LegacyAreaBytes;
        for (int component = 2; component < CpuidTable.Subleaves; component++)
        {
            if ((vcpu.Registers->Xcr0 >> component & 1) != 0)
            {
                ref readonly CpuidResult area = ref vcpu.Cpuid.Lookup(0xD, (uint)component);
                bytes = System.Math.Max(bytes, area.Ebx + area.Eax);
            }
        }

        return bytes;
    }
}
