using System;
using System.Runtime.CompilerServices;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Vmx.Emulation;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Accesses to guest physical memory that is not RAM: the instruction is decoded and executed here.</summary>
/// <source>SDM 3C, "Exit Qualification for EPT Violations"</source>
internal static unsafe class MemoryExits
{
    private const ulong IsWrite = 1 << 1;
    private const ulong IsFetch = 1 << 2;
    private const ulong IsLinearValid = 1 << 7;
    private const ulong IsFinalAccess = 1 << 8;
    private const ulong NmiUnblocked = 1 << 12;
    private const uint BlockingByNmi = 8;
    private const uint Valid = 1u << 31;
    private const int MaximumLength = 15;
    private const ulong PageBytes = 4096;
    private const ulong PageOffset = PageBytes - 1;

    /// <summary>An EPT violation: all of a domain's RAM is mapped, so this is a device, or nothing.</summary>
    public static ExitAction Violation(VmxVcpu vcpu)
    {
        GuestRegisters* registers = vcpu.Registers;
        VmxInstructions.ReadAccess(registers);
#if !MULTICOSM_FAULT_DEVICE
        const ulong Flags = IsFetch | IsLinearValid | IsFinalAccess | NmiUnblocked;
        bool isOperand = (registers->Qualification & Flags) == (IsLinearValid | IsFinalAccess) && (registers->IdtVectoring & Valid) == 0;
        if (isOperand && PlainAccess.TryServe(vcpu, registers))
        {
            return ExitAction.Served;
        }
#endif
        return Classify(vcpu, registers->Qualification, new GuestPhysicalAddress(registers->AccessAddress));
    }

    private static ExitAction Classify(VmxVcpu vcpu, ulong qualification, GuestPhysicalAddress address)
    {
        bool isDelivery = (vcpu.Registers->IdtVectoring & Valid) != 0;
        if (isDelivery)
        {
            Injection.Requeue(vcpu);
        }

#if MULTICOSM_FAULT_DEVICE
        if (FaultCalls.TryGiveBack(vcpu, address))
        {
            return ExitAction.Resume;
        }
#endif
        if (isDelivery)
        {
            return Fail(vcpu, "an event was delivered through memory that is not RAM, at 0x"u8, address);
        }

        if ((qualification & NmiUnblocked) != 0)
        {
            CurrentVmcs.Write(VmcsGuest32.Interruptibility, CurrentVmcs.Read(VmcsGuest32.Interruptibility) | BlockingByNmi);
        }

        if ((qualification & IsFetch) != 0)
        {
            return Step(vcpu, "code runs where there is no RAM, at 0x"u8, address);
        }

        if ((qualification & (IsLinearValid | IsFinalAccess)) != (IsLinearValid | IsFinalAccess))
        {
            return Step(vcpu, "page tables lie where there is no RAM, at 0x"u8, address);
        }

        return Emulate(vcpu, address, (qualification & IsWrite) != 0);
    }

    /// <summary>An access to the local APIC that the processor does not answer itself.</summary>
    /// <source>SDM 3C, "Exit Qualification for APIC-Access VM Exits from Linear Accesses and Guest-Physical Accesses"</source>
    public static ExitAction ApicAccess(VmxVcpu vcpu)
    {
        const ulong LinearWrite = 1;
        const ulong LinearFetch = 2;
        ulong qualification = vcpu.Registers->Qualification;
        GuestPhysicalAddress address = new(VmxDomain.ApicBase | (qualification & 0xFFF));
        VmxInstructions.ReadAccess(vcpu.Registers);
        vcpu.Registers->AccessAddress = address.Value; // the processor gives none
        ulong kind = qualification >> 12 & 15;
        if (kind < LinearFetch && PlainAccess.TryServe(vcpu, vcpu.Registers))
        {
            return ExitAction.Served;
        }

        return kind switch
        {
            < LinearFetch and ulong access => Emulate(vcpu, address, access == LinearWrite),
            LinearFetch => Fail(vcpu, "code runs where there is no RAM, at 0x"u8, address),
            _ => Fail(vcpu, "an event was delivered, or a page table read, through memory that is not RAM, at 0x"u8, address),
        };
    }

    // Other plain moves between memory and a general register than those of 64-bit code need nothing but this.
    private static ExitAction Emulate(VmxVcpu vcpu, GuestPhysicalAddress address, bool isWrite)
    {
        CodeReader code = vcpu.Code;
        DecodeStatus status = code.Fetch();
        if (status != DecodeStatus.Success)
        {
            return status == DecodeStatus.Invalid ? Injection.InvalidOpcode(vcpu) : Unknown(vcpu, address);
        }

        ref Instruction instruction = ref code.Instruction;
        int size = instruction.MemorySizeBytes;
        ulong offset = address.Value & PageOffset;
        bool isPlain = instruction.Operation <= Operation.MoveExtended && offset + (ulong)size <= PageBytes
            && (offset != 0 || vcpu.Processor.OffsetInPage(code.Mode) == 0);
        if (!isPlain)
        {
            return vcpu.Processor.Start(code.Mode, address, isWrite);
        }

        ulong value;
        if (instruction.Direction == Direction.Load)
        {
            value = vcpu.Devices!.ReadMemory(address, size);
            TrapOperand(vcpu, isWrite); // before the register that may have led there changes
            Load(vcpu, in instruction, value);
        }
        else
        {
            value = StoreValue(vcpu, in instruction);
            vcpu.Devices!.WriteMemory(address, size, value);
            TrapOperand(vcpu, isWrite);
        }

        ref ExitArguments arguments = ref vcpu.History.LatestArguments;
        arguments.Address = address.Value;
        arguments.Value = value;
        vcpu.Registers->InstructionLength = instruction.Length;
        vcpu.Advance(vcpu.Registers);
        return ExitAction.Served;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TrapOperand(VmxVcpu vcpu, bool isWrite)
    {
        if (DebugTraps.HasBreakpoints())
        {
            vcpu.Processor.TrapOperand(isWrite);
        }
    }

    private static void Load(VmxVcpu vcpu, in Instruction instruction, ulong value)
    {
        if (instruction.Extension == Extension.Sign)
        {
            value = (ulong)OperandSize.Extend(value, instruction.MemorySizeBytes);
        }

        if (instruction.IsHighByte)
        {
            ulong old = vcpu.ReadRegister(instruction.Register);
            vcpu.WriteRegister(instruction.Register, (old & ~0xFF00UL) | ((value & 0xFF) << 8));
        }
        else
        {
            vcpu.WriteRegister(instruction.Register, instruction.RegisterSizeBytes, value);
        }
    }

    private static ulong StoreValue(VmxVcpu vcpu, in Instruction instruction)
    {
        ulong value = instruction.HasImmediate ? (ulong)instruction.Immediate : vcpu.ReadRegister(instruction.Register);
        return (instruction.IsHighByte ? value >> 8 : value) & OperandSize.Mask(instruction.MemorySizeBytes);
    }

    // The guest executes the instruction itself; if even that cannot be, the domain ends.
    private static ExitAction Step(VmxVcpu vcpu, ReadOnlySpan<byte> what, GuestPhysicalAddress address)
    {
        ExitAction action = vcpu.Domain.Step.Execute(vcpu, out bool isDone);
        return isDone ? action : Fail(vcpu, what, address);
    }

    private static ExitAction Fail(VmxVcpu vcpu, ReadOnlySpan<byte> what, GuestPhysicalAddress address)
    {
        ExitAction action = vcpu.Fail(CrashReason.UnhandledExit, what);
        vcpu.History.LatestArguments.Address = address.Value;
        vcpu.Crash.AppendHex(address.Value);
        return action;
    }

    private static ExitAction Unknown(VmxVcpu vcpu, GuestPhysicalAddress address)
    {
        ExitAction stepped = vcpu.Domain.Step.Execute(vcpu, out bool isDone);
        if (isDone)
        {
            return stepped;
        }

        Span<byte> bytes = stackalloc byte[MaximumLength];
        ExitAction action = vcpu.Fail(CrashReason.UnknownInstruction, "instruction"u8);
        vcpu.History.LatestArguments.Address = address.Value;
        foreach (byte value in bytes[..vcpu.Code.Copy(bytes)])
        {
            vcpu.Crash.AppendDetail(value < 16 ? " 0"u8 : " "u8);
            vcpu.Crash.AppendHex(value);
        }

        vcpu.Crash.AppendDetail(" on emulated memory at 0x"u8);
        vcpu.Crash.AppendHex(address.Value);
        return action;
    }
}
