using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>IN, OUT, INS and OUTS. A string instruction goes up an element at a time.</summary>
/// <source>SDM 3C, "Exit Qualification for I/O Instructions"</source>
internal static unsafe class PortExits
{
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
        return vcpu.Ask(VcpuExitKind.PortWrite, port, sizeBytes, value, Completion.Advance);
    }

    /// <summary>IN has its value.</summary>
    public static void CompleteIn(VmxVcpu vcpu)
    {
        vcpu.WriteRegister(0, vcpu.Exit.SizeBytes, vcpu.Reply.Value);
        vcpu.Advance(vcpu.Registers->InstructionLength);
    }

    /// <summary>INS has its value: to memory, then the next element. A page that the guest does not map is its page fault; the value read is lost, as it is on hardware that faults late.</summary>
    public static void CompleteStringIn(VmxVcpu vcpu)
    {
        ulong linear = CurrentVmcs.Read(VmcsExitInfoNatural.GuestLinearAddress);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, vcpu.Reply.Value);
        if (!GuestPaging.TryTranslate(vcpu.Domain.Memory, linear, true, out GuestPhysicalAddress address, out uint errorCode))
        {
            _ = Injection.PageFault(vcpu, linear, errorCode); // the next entry delivers it
            return;
        }

        _ = vcpu.Domain.Memory.TryCopyOut(address, bytes[..vcpu.Exit.SizeBytes]); // what is not RAM takes nothing
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

        ulong linear = CurrentVmcs.Read(VmcsExitInfoNatural.GuestLinearAddress);
        if (!GuestPaging.TryTranslate(vcpu.Domain.Memory, linear, isIn, out GuestPhysicalAddress address, out uint errorCode))
        {
            return Injection.PageFault(vcpu, linear, errorCode);
        }

        if (isIn)
        {
            return vcpu.Ask(VcpuExitKind.PortRead, port, sizeBytes, 0, Completion.StringIn);
        }

        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        if (!vcpu.Domain.Memory.TryCopyIn(address, bytes[..sizeBytes]))
        {
            bytes[..sizeBytes].Fill(0xFF); // nothing answers there
        }

        return vcpu.Ask(VcpuExitKind.PortWrite, port, sizeBytes, BinaryPrimitives.ReadUInt64LittleEndian(bytes), Completion.StringOut);
    }

    private static void Step(VmxVcpu vcpu)
    {
        bool isIn = (vcpu.Registers->Qualification & 8) != 0;
        bool repeated = (vcpu.Registers->Qualification & 32) != 0;
        StringOperands.Step(vcpu, vcpu.Exit.SizeBytes, AddressSizeBytes(), !isIn, isIn, repeated, vcpu.Registers->InstructionLength);
    }

    private static int AddressSizeBytes() => 2 << (int)(CurrentVmcs.Read(VmcsExitInfo32.InstructionInfo) >> 7 & 7);
}
