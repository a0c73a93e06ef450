using Multicosm.Decoder;
using Multicosm.Paravirt.Entry;

namespace Multicosm.Paravirt.Emulation;

/// <summary>Where an instruction's memory operand lies, as a linear address of 64-bit code.</summary>
/// <source>SDM 2A, "ModR/M and SIB Bytes" and "RIP-Relative Addressing"</source>
internal static unsafe class EffectiveAddress
{
    /// <summary>The address of the operand of an instruction of <paramref name="length"/> bytes that lies at RIP.</summary>
    public static ulong Of(PvVcpu vcpu, in MemoryOperand operand, int length)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        ulong address = (ulong)operand.Displacement;
        address += operand.Base switch
        {
            MemoryOperand.NoRegister => 0,
            MemoryOperand.InstructionPointer => registers.Rip + (ulong)length,
            _ => GuestRegister.Read(ref registers, operand.Base),
        };
        if (operand.Index != MemoryOperand.NoRegister)
        {
            address += GuestRegister.Read(ref registers, operand.Index) * operand.Scale;
        }

        address &= GuestRegister.Mask(operand.AddressSizeBytes);
        return operand.Segment switch
        {
            SegmentRegister.Fs => address + vcpu.FsBase,
            SegmentRegister.Gs => address + vcpu.GsBase,
            _ => address, // the bases of the others are 0 in 64-bit code
        };
    }
}
