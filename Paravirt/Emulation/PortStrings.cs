using System;
using Multicosm.Decoder;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Emulation;

/// <summary>
/// INS and OUTS, once they are allowed: no port is there, but the memory is read and written as the processor would, in the address space in
/// which the guest runs now, and raises the faults that it would.
/// </summary>
/// <source>SDM 2, "Instruction Set Reference"; SDM 3A, "Exception and Interrupt Reference"</source>
internal static unsafe class PortStrings
{
    private const ulong PageBytes = 4096;
    private const ulong MostBytes = 256; // of a string of INS in one go
    private const ulong WasPresent = 1;
    private const ulong WasWrite = 2;

    /// <summary>
    /// Does the elements that lie in one page, or one that does not: Done, with <see cref="EmulationResult.Length"/> 0 if some of the string are
    /// left; PageFault or GeneralProtection if the first one cannot be reached.
    /// </summary>
    public static EmulationOutcome Run(PvVcpu vcpu, in PrivilegedInstruction instruction, ref EmulationResult result)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        bool isWrite = instruction.Operation == PrivilegedOperation.InString;
        int index = isWrite ? GuestRegister.Rdi : GuestRegister.Rsi;
        ulong wanted = instruction.Repeat == RepeatPrefix.None ? 1 : registers.Rcx & GuestRegister.Mask(instruction.AddressSizeBytes);
        if (wanted == 0)
        {
            return EmulationOutcome.Done;
        }

        ulong address = BaseOf(vcpu, instruction.Segment) + (GuestRegister.Read(ref registers, index) & GuestRegister.Mask(instruction.AddressSizeBytes));
        bool isDown = (registers.Rflags & RegisterFlags.Direction) != 0;
        ulong room = Math.Min(PageBytes - (address % PageBytes), isWrite ? MostBytes : PageBytes) / instruction.SizeBytes;
        ulong elements = isDown ? 1 : Math.Min(wanted, Math.Max(room, 1)); // the last one of a page may go on in the next
        EmulationOutcome outcome = Reach(vcpu, address, elements * instruction.SizeBytes, isWrite, ref result);
        if (outcome == EmulationOutcome.Done && Step(ref registers, in instruction, index, elements))
        {
            result.Length = 0;
        }

        return outcome;
    }

    private static ulong BaseOf(PvVcpu vcpu, SegmentRegister segment) => segment switch
    {
        SegmentRegister.Fs => vcpu.FsBase,
        SegmentRegister.Gs => vcpu.GsBase,
        _ => 0,
    };

    // Nothing is written unless all can be.
    private static EmulationOutcome Reach(PvVcpu vcpu, ulong address, ulong bytes, bool isWrite, ref EmulationResult result)
    {
        ulong last = address + bytes - 1;
        if (!Addresses.IsCanonical(address) || !Addresses.IsCanonical(last))
        {
            return EmulationOutcome.GeneralProtection;
        }

        byte* first = GuestSpace.FindCurrent(vcpu, address, isWrite);
        byte* second = last / PageBytes == address / PageBytes ? first : GuestSpace.FindCurrent(vcpu, last & ~(PageBytes - 1), isWrite);
        if (first == null || second == null)
        {
            result.Value = first == null ? address : last & ~(PageBytes - 1);
            result.ErrorCode = (isWrite ? WasWrite : 0) | (GuestSpace.FindCurrent(vcpu, result.Value, isWrite: false) == null ? 0 : WasPresent);
            return EmulationOutcome.PageFault;
        }

        if (isWrite)
        {
            int inFirst = (int)Math.Min(bytes, PageBytes - (address % PageBytes));
            new Span<byte>(first, inFirst).Fill(byte.MaxValue);
            new Span<byte>(second, (int)bytes - inFirst).Fill(byte.MaxValue); // none, if it is one page
        }

        return EmulationOutcome.Done;
    }

    // Moves the index register and, with a repeat prefix, the count by so many elements; true if some are left.
    private static bool Step(ref PvRegisters registers, in PrivilegedInstruction instruction, int index, ulong elements)
    {
        int size = instruction.AddressSizeBytes;
        ulong distance = elements * instruction.SizeBytes;
        bool isDown = (registers.Rflags & RegisterFlags.Direction) != 0;
        ulong old = GuestRegister.Read(ref registers, index);
        GuestRegister.Write(ref registers, index, size, isDown ? old - distance : old + distance);
        if (instruction.Repeat == RepeatPrefix.None)
        {
            return false;
        }

        GuestRegister.Write(ref registers, GuestRegister.Rcx, size, registers.Rcx - elements);
        return (registers.Rcx & GuestRegister.Mask(size)) != 0;
    }
}
