using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>IN, OUT, INS and OUTS. A string instruction goes up an element at a time.</summary>
/// <source>SDM 3C, "Exit Qualification for I/O Instructions"</source>
internal static unsafe class PortExits
{
    private const byte Rsi = 6;
    private const byte Rdi = 7;

    /// <summary>An I/O instruction.</summary>
    public static ExitAction Instruction(VmxVcpu vcpu)
    {
        ulong qualification = vcpu.Registers->Qualification;
        int sizeBytes = (int)(qualification & 7) + 1;
        bool isIn = (qualification & 8) != 0;
        ushort port = (ushort)(qualification >> 16);
        if ((qualification & 16) != 0)
        {
            return StringInstruction(vcpu, sizeBytes, isIn, (qualification & 32) != 0);
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

    // The processor has decoded it; the exit comes before it looks at the memory operand.
    private static ExitAction StringInstruction(VmxVcpu vcpu, int sizeBytes, bool isIn, bool repeated)
    {
        uint information = CurrentVmcs.Read(VmcsExitInfo32.InstructionInfo);
        CodeMode mode = vcpu.Is64BitCode ? CodeMode.Bits64 : CodeMode.Bits32; // of the others none matters here
        ref Instruction instruction = ref vcpu.Code.Make(mode);
        instruction.Operation = isIn ? Operation.InString : Operation.OutString;
        instruction.Length = (byte)vcpu.Registers->InstructionLength;
        instruction.MemorySizeBytes = (byte)sizeBytes;
        instruction.Repeat = repeated ? RepeatPrefix.Rep : RepeatPrefix.None;
        instruction.Memory.Base = isIn ? Rdi : Rsi;
        instruction.Memory.Index = MemoryOperand.NoRegister;
        instruction.Memory.AddressSizeBytes = (byte)(2 << (int)(information >> 7 & 7));
        instruction.Memory.Segment = isIn ? SegmentRegister.Es : (SegmentRegister)(information >> 15 & 7);
        return vcpu.Processor.StartUnchecked(mode);
    }
}
