using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>IN, OUT, INS and OUTS. A string instruction goes up an element at a time.</summary>
/// <source>SDM 3C, "Exit Qualification for I/O Instructions"</source>
internal static unsafe class PortExits
{
    private const int Rsi = 6;
    private const int Rdi = 7;

    /// <summary>An I/O instruction.</summary>
    public static ExitAction Instruction(VmxVcpu vcpu)
    {
        ulong qualification = vcpu.Registers->Qualification;
        int sizeBytes = (int)(qualification & 7) + 1;
        bool isIn = (qualification & 8) != 0;
        ushort port = (ushort)(qualification >> 16);
        if ((qualification & 16) != 0)
        {
            return StringInstruction(vcpu, port, sizeBytes, isIn, (qualification & 32) != 0);
        }

        if (isIn)
        {
            return vcpu.Ask(VcpuExitKind.PortRead, port, sizeBytes, 0, Completion.PortIn);
        }

        ulong value = sizeBytes switch
        {
            1 => (byte)vcpu.Registers->Rax,
            2 => (ushort)vcpu.Registers->Rax,
            _ => (uint)vcpu.Registers->Rax,
        };
        return vcpu.Ask(VcpuExitKind.PortWrite, port, sizeBytes, value, Completion.PortOut);
    }

    /// <summary>IN has its value.</summary>
    public static void CompleteIn(VmxVcpu vcpu)
    {
        GuestRegisters* registers = vcpu.Registers;
        ulong value = vcpu.Reply.Value;
        vcpu.History.LatestArguments.Value = value;
        registers->Rax = vcpu.Exit.SizeBytes switch
        {
            1 => (registers->Rax & ~0xFFUL) | (byte)value,
            2 => (registers->Rax & ~0xFFFFUL) | (ushort)value,
            _ => (uint)value,
        };
        CompleteOut(vcpu);
    }

    /// <summary>OUT is done.</summary>
    public static void CompleteOut(VmxVcpu vcpu)
    {
        DebugTraps.PortDone(vcpu, vcpu.Exit.Address, vcpu.Exit.SizeBytes);
        vcpu.Advance(vcpu.Registers);
    }

    /// <summary>INS has its value: to memory, then the next element. A page that the guest does not map is its page fault; the value read is lost, as it is on hardware that faults late.</summary>
    public static void CompleteStringIn(VmxVcpu vcpu)
    {
        ulong linear = CurrentVmcs.Read(VmcsExitInfoNatural.GuestLinearAddress);
        Span<byte> bytes = stackalloc byte[8];
        vcpu.History.LatestArguments.Value = vcpu.Reply.Value;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, vcpu.Reply.Value);
        if (!GuestPaging.TryWriteOperand(vcpu.Domain.Memory, linear, bytes[..vcpu.Exit.SizeBytes], out ulong faultAddress, out uint errorCode))
        {
            _ = Injection.PageFault(vcpu, faultAddress, errorCode); // the next entry delivers it
            return;
        }

        Step(vcpu);
    }

    /// <summary>An element of OUTS is out.</summary>
    public static void CompleteStringOut(VmxVcpu vcpu) => Step(vcpu);

    private static ExitAction StringInstruction(VmxVcpu vcpu, ushort port, int sizeBytes, bool isIn, bool repeated)
    {
        if (repeated && StringOperands.IsCountZero(vcpu, AddressSizeBytes()))
        {
            return ExitAction.Advance;
        }

        // The exit comes before the operand's own faults: they are checked here.
        uint segment = isIn ? SegmentLimits.Es : CurrentVmcs.Read(VmcsExitInfo32.InstructionInfo) >> 15 & 7;
        ulong offset = StringOperands.Offset(vcpu, isIn ? Rdi : Rsi, AddressSizeBytes());
        if (!vcpu.Is64BitCode && !SegmentLimits.Allow(segment, offset, sizeBytes, isIn))
        {
            return segment == SegmentLimits.Ss ? Injection.StackFault(vcpu) : Injection.GeneralProtection(vcpu);
        }

        ulong linear = CurrentVmcs.Read(VmcsExitInfoNatural.GuestLinearAddress);
        if (isIn)
        {
            return GuestPaging.TryTranslate(vcpu.Domain.Memory, linear, true, GuestPaging.IsUser(), out _, out uint writeError)
                ? vcpu.Ask(VcpuExitKind.PortRead, port, sizeBytes, 0, Completion.StringIn)
                : Injection.PageFault(vcpu, linear, writeError);
        }

        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        if (!GuestPaging.TryReadOperand(vcpu.Domain.Memory, linear, bytes[..sizeBytes], out ulong faultAddress, out uint errorCode))
        {
            return Injection.PageFault(vcpu, faultAddress, errorCode);
        }

        return vcpu.Ask(VcpuExitKind.PortWrite, port, sizeBytes, BinaryPrimitives.ReadUInt64LittleEndian(bytes), Completion.StringOut);
    }

    private static void Step(VmxVcpu vcpu)
    {
        bool isIn = (vcpu.Registers->Qualification & 8) != 0;
        bool repeated = (vcpu.Registers->Qualification & 32) != 0;
        DebugTraps.PortDone(vcpu, vcpu.Exit.Address, vcpu.Exit.SizeBytes);
        DebugTraps.OperandDone(vcpu, CurrentVmcs.Read(VmcsExitInfoNatural.GuestLinearAddress), vcpu.Exit.SizeBytes, isIn);
        StringOperands.Step(vcpu, vcpu.Exit.SizeBytes, AddressSizeBytes(), !isIn, isIn, repeated, vcpu.Registers->InstructionLength);
    }

    private static int AddressSizeBytes() => 2 << (int)(CurrentVmcs.Read(VmcsExitInfo32.InstructionInfo) >> 7 & 7);
}
