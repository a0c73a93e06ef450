using System;
using System.Buffers.Binary;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Accesses to guest physical memory that is not RAM: the instruction is decoded and goes up as a read or a write.</summary>
/// <source>SDM 3C, "Exit Qualification for EPT Violations"</source>
internal static unsafe class MemoryExits
{
    private const ulong IsFetch = 1 << 2;
    private const ulong IsLinearValid = 1 << 7;
    private const ulong IsFinalAccess = 1 << 8;
    private const ulong NmiUnblocked = 1 << 12;
    private const uint BlockingByNmi = 8;
    private const uint Valid = 1u << 31;
    private const int Rax = 0;
    private const int Rsi = 6;
    private const int Rdi = 7;
    private const int MaximumLength = 15;

    /// <summary>An EPT violation: all of a domain's RAM is mapped, so this is a device, or nothing.</summary>
    public static ExitAction Violation(VmxVcpu vcpu)
    {
        Injection.Requeue(vcpu);
        ulong qualification = vcpu.Registers->Qualification;
        GuestPhysicalAddress address = new(CurrentVmcs.Read(VmcsExitInfo64.GuestPhysicalAddress));
#if MULTICOSM_FAULT_DEVICE
        if (FaultCalls.TryGiveBack(vcpu, address))
        {
            return ExitAction.Resume;
        }
#endif
        if ((CurrentVmcs.Read(VmcsExitInfo32.IdtVectoringInfo) & Valid) != 0)
        {
            return Fail(vcpu, "an event was delivered through memory that is not RAM, at 0x"u8, address);
        }

        if ((qualification & NmiUnblocked) != 0)
        {
            CurrentVmcs.Write(VmcsGuest32.Interruptibility, CurrentVmcs.Read(VmcsGuest32.Interruptibility) | BlockingByNmi);
        }

        if ((qualification & IsFetch) != 0)
        {
            return Fail(vcpu, "code runs where there is no RAM, at 0x"u8, address);
        }

        if ((qualification & (IsLinearValid | IsFinalAccess)) != (IsLinearValid | IsFinalAccess))
        {
            return Fail(vcpu, "page tables lie where there is no RAM, at 0x"u8, address);
        }

        return Decode(vcpu, address);
    }

    /// <summary>An access to the local APIC that the processor does not answer itself.</summary>
    /// <source>SDM 3C, "Exit Qualification for APIC-Access VM Exits from Linear Accesses and Guest-Physical Accesses"</source>
    public static ExitAction ApicAccess(VmxVcpu vcpu)
    {
        const ulong LinearFetch = 2;
        Injection.Requeue(vcpu);
        ulong qualification = vcpu.Registers->Qualification;
        GuestPhysicalAddress address = new(VmxDomain.ApicBase | (qualification & 0xFFF));
        return (qualification >> 12 & 15) switch
        {
            < LinearFetch => Decode(vcpu, address),
            LinearFetch => Fail(vcpu, "code runs where there is no RAM, at 0x"u8, address),
            _ => Fail(vcpu, "an event was delivered, or a page table read, through memory that is not RAM, at 0x"u8, address),
        };
    }

    /// <summary>A load has its value.</summary>
    public static void CompleteLoad(VmxVcpu vcpu)
    {
        ref Instruction instruction = ref vcpu.Instruction;
        ulong value = Cut(vcpu.Reply.Value, instruction.MemorySizeBytes);
        vcpu.History.LatestArguments.Value = value;
        if (instruction.Operation == Operation.MoveSwapped)
        {
            value = Swap(value, instruction.MemorySizeBytes);
        }

        if (instruction.Extension == Extension.Sign)
        {
            int unused = 64 - (instruction.MemorySizeBytes * 8);
            value = (ulong)((long)(value << unused) >> unused);
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

        vcpu.Advance(instruction.Length);
    }

    /// <summary>A store is done.</summary>
    public static void CompleteStore(VmxVcpu vcpu) => vcpu.Advance(vcpu.Instruction.Length);

    /// <summary>MOVS has read its element from a device: write it, to RAM here or as a second question.</summary>
    public static ExitAction CompleteCopyLoad(VmxVcpu vcpu) => StoreElement(vcpu, vcpu.Reply.Value);

    /// <summary>An element of a string instruction is done.</summary>
    public static void CompleteElement(VmxVcpu vcpu)
    {
        ref Instruction instruction = ref vcpu.Instruction;
        if (instruction.Operation == Operation.LoadString)
        {
            vcpu.History.LatestArguments.Value = vcpu.Reply.Value;
            vcpu.WriteRegister(Rax, instruction.MemorySizeBytes, vcpu.Reply.Value);
        }

        StringOperands.Step(
            vcpu,
            instruction.MemorySizeBytes,
            instruction.Memory.AddressSizeBytes,
            instruction.Operation != Operation.StoreString,
            instruction.Operation != Operation.LoadString,
            instruction.Repeat != RepeatPrefix.None,
            instruction.Length);
    }

    private static ExitAction Decode(VmxVcpu vcpu, GuestPhysicalAddress address)
    {
        Span<byte> bytes = stackalloc byte[MaximumLength + 1];
        ulong rip = vcpu.Registers->Rip;
        CodeMode mode = Mode(vcpu);
        ulong linear = mode == CodeMode.Bits64 ? rip : (uint)(CurrentVmcs.Read(VmcsGuestNatural.CsBase) + rip);
        int length = GuestPaging.CopyCode(vcpu.Domain.Memory, linear, bytes[..MaximumLength]);
        DecodeStatus status = InstructionDecoder.TryDecode(bytes[..length], mode, out vcpu.Instruction);
        return status switch
        {
            DecodeStatus.Success => Ask(vcpu, address),
            DecodeStatus.Invalid => Injection.InvalidOpcode(vcpu),
            _ => Unknown(vcpu, bytes[..length], address),
        };
    }

    private static ExitAction Ask(VmxVcpu vcpu, GuestPhysicalAddress address)
    {
        ref Instruction instruction = ref vcpu.Instruction;
        int size = instruction.MemorySizeBytes;
        return instruction.Operation switch
        {
            Operation.MoveString => CopyElement(vcpu),
            Operation.StoreString => vcpu.Ask(VcpuExitKind.MmioWrite, address.Value, size, Cut(vcpu.ReadRegister(Rax), size), Completion.StringElement),
            Operation.LoadString => vcpu.Ask(VcpuExitKind.MmioRead, address.Value, size, 0, Completion.StringElement),
            _ when instruction.Direction == Direction.Load => vcpu.Ask(VcpuExitKind.MmioRead, address.Value, size, 0, Completion.MemoryLoad),
            _ => vcpu.Ask(VcpuExitKind.MmioWrite, address.Value, size, StoreValue(vcpu), Completion.MemoryStore),
        };
    }

    private static ulong StoreValue(VmxVcpu vcpu)
    {
        ref Instruction instruction = ref vcpu.Instruction;
        int size = instruction.MemorySizeBytes;
        if (instruction.HasImmediate)
        {
            return Cut((ulong)instruction.Immediate, size);
        }

        ulong value = vcpu.ReadRegister(instruction.Register);
        value = Cut(instruction.IsHighByte ? value >> 8 : value, size);
        return instruction.Operation == Operation.MoveSwapped ? Swap(value, size) : value;
    }

    // One side of MOVS, or both, is not RAM.
    private static ExitAction CopyElement(VmxVcpu vcpu)
    {
        ref Instruction instruction = ref vcpu.Instruction;
        int size = instruction.MemorySizeBytes;
        ulong source = SegmentBase(vcpu, instruction.Memory.Segment) + StringOperands.Offset(vcpu, Rsi, instruction.Memory.AddressSizeBytes);
        if (!GuestPaging.TryTranslate(vcpu.Domain.Memory, source, false, GuestPaging.IsUser(), out GuestPhysicalAddress address, out uint errorCode))
        {
            return Injection.PageFault(vcpu, source, errorCode);
        }

        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        if (!vcpu.Domain.Memory.TryCopyIn(address, bytes[..1]))
        {
            return vcpu.Ask(VcpuExitKind.MmioRead, address.Value, size, 0, Completion.CopyLoaded);
        }

        return GuestPaging.TryReadOperand(vcpu.Domain.Memory, source, bytes[..size], out ulong faultAddress, out errorCode)
            ? StoreElement(vcpu, BinaryPrimitives.ReadUInt64LittleEndian(bytes))
            : Injection.PageFault(vcpu, faultAddress, errorCode);
    }

    private static ExitAction StoreElement(VmxVcpu vcpu, ulong value)
    {
        ref Instruction instruction = ref vcpu.Instruction;
        int size = instruction.MemorySizeBytes;
        ulong destination = SegmentBase(vcpu, SegmentRegister.Es) + StringOperands.Offset(vcpu, Rdi, instruction.Memory.AddressSizeBytes);
        if (!GuestPaging.TryTranslate(vcpu.Domain.Memory, destination, true, GuestPaging.IsUser(), out GuestPhysicalAddress address, out uint errorCode))
        {
            return Injection.PageFault(vcpu, destination, errorCode);
        }

        Span<byte> bytes = stackalloc byte[8];
        if (!vcpu.Domain.Memory.TryCopyIn(address, bytes[..1]))
        {
            return vcpu.Ask(VcpuExitKind.MmioWrite, address.Value, size, Cut(value, size), Completion.StringElement);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        if (!GuestPaging.TryWriteOperand(vcpu.Domain.Memory, destination, bytes[..size], out ulong faultAddress, out errorCode))
        {
            return Injection.PageFault(vcpu, faultAddress, errorCode);
        }

        CompleteElement(vcpu);
        return ExitAction.Resume;
    }

    // In 64-bit mode only FS and GS have a base.
    private static ulong SegmentBase(VmxVcpu vcpu, SegmentRegister segment) => segment switch
    {
        SegmentRegister.Fs => CurrentVmcs.Read(VmcsGuestNatural.FsBase),
        SegmentRegister.Gs => CurrentVmcs.Read(VmcsGuestNatural.GsBase),
        _ when vcpu.Is64BitCode => 0,
        SegmentRegister.Es => CurrentVmcs.Read(VmcsGuestNatural.EsBase),
        SegmentRegister.Cs => CurrentVmcs.Read(VmcsGuestNatural.CsBase),
        SegmentRegister.Ss => CurrentVmcs.Read(VmcsGuestNatural.SsBase),
        _ => CurrentVmcs.Read(VmcsGuestNatural.DsBase),
    };

    private static CodeMode Mode(VmxVcpu vcpu)
    {
        if (vcpu.Is64BitCode)
        {
            return CodeMode.Bits64;
        }

        return (CurrentVmcs.Read(VmcsGuest32.CsAccessRights) & (1 << 14)) != 0 ? CodeMode.Bits32 : CodeMode.Bits16;
    }

    private static ulong Cut(ulong value, int sizeBytes) => sizeBytes == 8 ? value : value & ((1UL << (sizeBytes * 8)) - 1);

    private static ulong Swap(ulong value, int sizeBytes) => BinaryPrimitives.ReverseEndianness(value) >> (64 - (sizeBytes * 8));

    private static ExitAction Fail(VmxVcpu vcpu, ReadOnlySpan<byte> what, GuestPhysicalAddress address)
    {
        ExitAction action = vcpu.Fail(CrashReason.UnhandledExit, what);
        vcpu.History.LatestArguments.Address = address.Value;
        vcpu.Crash.AppendHex(address.Value);
        return action;
    }

    private static ExitAction Unknown(VmxVcpu vcpu, ReadOnlySpan<byte> bytes, GuestPhysicalAddress address)
    {
        ExitAction action = vcpu.Fail(CrashReason.UnknownInstruction, "instruction"u8);
        vcpu.History.LatestArguments.Address = address.Value;
        foreach (byte value in bytes)
        {
            vcpu.Crash.AppendDetail(value < 16 ? " 0"u8 : " "u8);
            vcpu.Crash.AppendHex(value);
        }

        vcpu.Crash.AppendDetail(" on emulated memory at 0x"u8);
        vcpu.Crash.AppendHex(address.Value);
        return action;
    }
}
