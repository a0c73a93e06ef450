using System;
using Multicosm.Decoder;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Entry;

namespace Multicosm.Paravirt.Emulation;

/// <summary>
/// Does what a guest's kernel means by an instruction that ring 3 does not allow it. The bases of FS and GS in the vCPU must be those that
/// the guest has now; what an instruction changes of the processor is reported in <see cref="EmulationResult.Effects"/>.
/// </summary>
/// <source>SDM 2, "Instruction Set Reference"; Xen headers "arch-x86/xen-x86_64.h"</source>
internal static unsafe class PrivilegedInstructions
{
    private const int KernelPrivilege = 1; // what an INT from the guest's kernel counts as, against the gate's number
    private const int UserPrivilege = 3;

    /// <summary>
    /// Emulates the instruction at RIP, which raised #GP; <paramref name="code"/> is as much of it as could be read, up to 15 bytes, and
    /// <paramref name="now"/> the time-stamp counter.
    /// </summary>
    public static EmulationResult Run(PvVcpu vcpu, ReadOnlySpan<byte> code, CodeMode mode, ulong now)
    {
        EmulationResult result = default;
        if (PrivilegedDecoder.TryDecode(code, mode, out PrivilegedInstruction instruction) != DecodeStatus.Success)
        {
            return result;
        }

        result.Length = instruction.Length;
        result.Outcome = vcpu.IsKernelMode ? Kernel(vcpu, in instruction, now, ref result) : User(vcpu, in instruction, now, ref result);
        if (result.Outcome is EmulationOutcome.Done or EmulationOutcome.Halt or EmulationOutcome.Interrupt)
        {
            Advance(vcpu, result.Length, mode, ref result);
        }

        return result;
    }

    /// <summary>Emulates the forced-emulation prefix (UD2, "xen") and a CPUID behind it, at RIP, which raised #UD: Done or NotMine.</summary>
    public static EmulationResult RunForced(PvVcpu vcpu, ReadOnlySpan<byte> code)
    {
        EmulationResult result = default;
        ReadOnlySpan<byte> cpuid = [0x0F, 0x0B, (byte)'x', (byte)'e', (byte)'n', 0x0F, 0xA2];
        if (code.StartsWith(cpuid))
        {
            GuestCpuid.Answer(vcpu);
            result.Outcome = EmulationOutcome.Done;
            result.Length = (byte)cpuid.Length;
            Advance(vcpu, cpuid.Length, CodeMode.Bits64, ref result);
        }

        return result;
    }

    // What user programs may do too, if their kernel lets them.
    private static EmulationOutcome User(PvVcpu vcpu, in PrivilegedInstruction instruction, ulong now, ref EmulationResult result)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        switch (instruction.Operation)
        {
            case PrivilegedOperation.In or PrivilegedOperation.Out or PrivilegedOperation.InString or PrivilegedOperation.OutString:
                return PortInstructions.Run(vcpu, in instruction, ref result);
            case PrivilegedOperation.ClearInterrupts or PrivilegedOperation.SetInterrupts:
                // Events have a mask of their own, so these change nothing.
                return PortInstructions.HasPrivilege(vcpu) ? EmulationOutcome.Done : EmulationOutcome.NotMine;
            case PrivilegedOperation.Interrupt:
                result.Vector = instruction.Number;
                int privilege = vcpu.IsKernelMode ? KernelPrivilege : UserPrivilege;
                return (vcpu.Trap(instruction.Number).Flags & 3) >= privilege ? EmulationOutcome.Interrupt : EmulationOutcome.NotMine;
            case PrivilegedOperation.Cpuid:
                GuestCpuid.Answer(vcpu);
                return EmulationOutcome.Done;
            case PrivilegedOperation.ReadTimeStamp or PrivilegedOperation.ReadTimeStampAndProcessor:
                if (!vcpu.IsKernelMode && (vcpu.Cr4 & ControlRegisters.TimeStampDisable) != 0)
                {
                    return EmulationOutcome.NotMine;
                }

                WritePair(ref registers, now);
                registers.Rcx = instruction.Operation == PrivilegedOperation.ReadTimeStamp ? registers.Rcx : 0;
                return EmulationOutcome.Done;
            default:
                return EmulationOutcome.NotMine;
        }
    }

    private static EmulationOutcome Kernel(PvVcpu vcpu, in PrivilegedInstruction instruction, ulong now, ref EmulationResult result)
    {
        switch (instruction.Operation)
        {
            case PrivilegedOperation.ReadMsr:
                return ReadMsr(vcpu, now);
            case PrivilegedOperation.WriteMsr:
                return WriteMsr(vcpu, ref result);
            case PrivilegedOperation.ReadControl:
                return ReadControl(vcpu, in instruction);
            case PrivilegedOperation.WriteControl:
                return WriteControl(vcpu, in instruction, ref result);
            case PrivilegedOperation.ReadDebug:
                return ReadDebug(vcpu, in instruction);
            case PrivilegedOperation.WriteDebug:
                return WriteDebug(vcpu, in instruction, ref result);
            case PrivilegedOperation.ClearTaskSwitched:
                vcpu.IsTaskSwitched = false;
                result.Effects = EmulationEffects.TaskSwitched;
                return EmulationOutcome.Done;
            case PrivilegedOperation.LoadMachineStatus:
                return LoadMachineStatus(vcpu, in instruction, ref result);
            case PrivilegedOperation.SetExtendedControl:
                return SetExtendedControl(vcpu, ref result);
            case PrivilegedOperation.WriteBackCaches or PrivilegedOperation.InvalidatePage:
                return EmulationOutcome.Done; // no device of the guest's sees memory; no translation outlives an exit
            case PrivilegedOperation.Halt:
                return EmulationOutcome.Halt;
            default:
                return User(vcpu, in instruction, now, ref result);
        }
    }

    private static EmulationOutcome ReadMsr(PvVcpu vcpu, ulong now)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        if (!GuestMsrs.TryRead(vcpu, (uint)registers.Rcx, now, out ulong value))
        {
            return EmulationOutcome.NotMine;
        }

        WritePair(ref registers, value);
        return EmulationOutcome.Done;
    }

    private static EmulationOutcome WriteMsr(PvVcpu vcpu, ref EmulationResult result)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        uint index = (uint)registers.Rcx;
        result.Value = ReadPair(ref registers);
        if (index == GuestMsrs.HypercallPage)
        {
            return EmulationOutcome.HypercallPage;
        }

        return GuestMsrs.TryWrite(vcpu, index, result.Value, out result.Effects) ? EmulationOutcome.Done : EmulationOutcome.NotMine;
    }

    private static EmulationOutcome ReadControl(PvVcpu vcpu, in PrivilegedInstruction instruction)
    {
        ulong value = instruction.Number switch
        {
            0 => ControlRegisters.Cr0(vcpu),
            2 => ControlRegisters.Cr2(vcpu),
            3 => vcpu.KernelTable,
            4 => ControlRegisters.Cr4(vcpu),
            _ => 0, // CR8: no priority is masked
        };
        GuestRegister.Write(ref *vcpu.Registers, instruction.Register, instruction.SizeBytes, value);
        return EmulationOutcome.Done;
    }

    private static EmulationOutcome WriteControl(PvVcpu vcpu, in PrivilegedInstruction instruction, ref EmulationResult result)
    {
        ulong value = GuestRegister.Read(ref *vcpu.Registers, instruction.Register) & GuestRegister.Mask(instruction.SizeBytes);
        switch (instruction.Number)
        {
            case 0:
                result.Effects = EmulationEffects.TaskSwitched;
                return ControlRegisters.TryWriteCr0(vcpu, value) ? EmulationOutcome.Done : EmulationOutcome.NotMine;
            case 2:
                ControlRegisters.Cr2(vcpu) = value;
                return EmulationOutcome.Done;
            case 3:
                result.Value = value;
                return EmulationOutcome.NewTable;
            case 4:
                ControlRegisters.WriteCr4(vcpu, value);
                result.Effects = EmulationEffects.Control4;
                return EmulationOutcome.Done;
            default:
                return EmulationOutcome.NotMine;
        }
    }

    private static EmulationOutcome ReadDebug(PvVcpu vcpu, in PrivilegedInstruction instruction)
    {
        if (!DebugRegisters.TryRead(vcpu, ControlRegisters.DebugNumber(vcpu, instruction.Number), out ulong value))
        {
            return EmulationOutcome.InvalidOpcode;
        }

        GuestRegister.Write(ref *vcpu.Registers, instruction.Register, instruction.SizeBytes, value);
        return EmulationOutcome.Done;
    }

    private static EmulationOutcome WriteDebug(PvVcpu vcpu, in PrivilegedInstruction instruction, ref EmulationResult result)
    {
        ulong value = GuestRegister.Read(ref *vcpu.Registers, instruction.Register) & GuestRegister.Mask(instruction.SizeBytes);
        result.Effects = EmulationEffects.Debug;
        return DebugRegisters.TryWrite(vcpu, ControlRegisters.DebugNumber(vcpu, instruction.Number), value) switch
        {
            XenError.None => EmulationOutcome.Done,
            XenError.Invalid => EmulationOutcome.InvalidOpcode,
            _ => EmulationOutcome.NotMine,
        };
    }

    // The low four bits of CR0, of which it cannot clear PE.
    private static EmulationOutcome LoadMachineStatus(PvVcpu vcpu, in PrivilegedInstruction instruction, ref EmulationResult result)
    {
        ulong status = GuestRegister.Read(ref *vcpu.Registers, instruction.Register) & 15;
        ulong old = ControlRegisters.Cr0(vcpu);
        result.Effects = EmulationEffects.TaskSwitched;
        return ControlRegisters.TryWriteCr0(vcpu, (old & ~14UL) | status) ? EmulationOutcome.Done : EmulationOutcome.NotMine;
    }

    private static EmulationOutcome SetExtendedControl(PvVcpu vcpu, ref EmulationResult result)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        if ((vcpu.Cr4 & ControlRegisters.OsXsave) == 0)
        {
            return EmulationOutcome.InvalidOpcode;
        }

        result.Effects = EmulationEffects.ExtendedControl;
        return ControlRegisters.TryWriteXcr0(vcpu, (uint)registers.Rcx, ReadPair(ref registers)) ? EmulationOutcome.Done : EmulationOutcome.NotMine;
    }

    private static void Advance(PvVcpu vcpu, int length, CodeMode mode, ref EmulationResult result)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        ulong next = registers.Rip + (ulong)length;
        registers.Rip = mode == CodeMode.Bits64 ? next : (uint)next;
        registers.Rflags &= ~RegisterFlags.Resume;
        bool isTraced = (registers.Rflags & RegisterFlags.Trap) != 0 && result.Outcome != EmulationOutcome.Interrupt;
        result.Effects |= isTraced ? EmulationEffects.SingleStep : EmulationEffects.None;
    }

    private static ulong ReadPair(ref PvRegisters registers) => (registers.Rdx << 32) | (uint)registers.Rax;

    private static void WritePair(ref PvRegisters registers, ulong value)
    {
        registers.Rax = (uint)value;
        registers.Rdx = value >> 32;
    }
}
