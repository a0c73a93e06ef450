using Multicosm.Decoder;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>IN, OUT, INS and OUTS. A string instruction is emulated an element at a time.</summary>
/// <source>SDM 3C, "Exit Qualification for I/O Instructions"</source>
internal static unsafe class PortExits
{
    private const byte Rsi = 6;
    private const byte Rdi = 7;

    /// <summary>An I/O instruction. <paramref name="registers"/> are the vCPU's.</summary>
    public static ExitAction Instruction(VmxVcpu vcpu, GuestRegisters* registers)
    {
        ulong qualification = registers->Qualification;
        int sizeBytes = (int)(qualification & 7) + 1;
        bool isIn = (qualification & 8) != 0;
        ushort port = (ushort)(qualification >> 16);
        if ((qualification & 16) != 0)
        {
            return StringInstruction(vcpu, sizeBytes, isIn, (qualification & 32) != 0);
        }

        ulong mask = ulong.MaxValue >> (64 - (sizeBytes * 8));
        ulong value;
        if (isIn)
        {
            value = vcpu.Devices!.ReadPort(port, sizeBytes) & mask;
            registers->Rax = (sizeBytes == 4 ? 0 : registers->Rax & ~mask) | value;
        }
        else
        {
            value = registers->Rax & mask;
            vcpu.Devices!.WritePort(port, sizeBytes, (uint)value);
        }

        vcpu.History.LatestArguments.Value = value; // the qualification names the port
        if (DebugTraps.HasBreakpoints())
        {
            DebugTraps.PortDone(vcpu, port, sizeBytes);
        }

        vcpu.Advance(registers);
        return ExitAction.Served;
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
