using System;

namespace Multicosm.Decoder.Execution;

/// <summary>
/// The processor that an instruction is executed for: its registers, and memory through its segments and page tables. What fails has been noted
/// by this object (a fault for the guest, or a question that a device must answer first); the instruction then has changed nothing, and if a question
/// was asked it is executed again from its start, when what has been answered already is not asked again.
/// </summary>
public abstract class EmulatedProcessor
{
    /// <summary>Number of <see cref="TryLocate"/> for the instruction's memory operand.</summary>
    public const int Explicit = 0;

    /// <summary>Number of <see cref="TryLocate"/> for the other one: ES:rDI of MOVS and CMPS, or the stack.</summary>
    public const int Implied = 1;

    /// <summary>The code segment's default sizes.</summary>
    public abstract CodeMode Mode { get; }

    /// <summary>Address of the instruction, within the code segment.</summary>
    public abstract ulong InstructionPointer { get; }

    /// <summary>Size of the stack pointer in bytes: 2, 4 or 8.</summary>
    public abstract int StackAddressSizeBytes { get; }

    /// <summary>RFLAGS.</summary>
    public abstract ulong Flags { get; set; }

    /// <summary>True if the processor has TZCNT: else its encoding is BSF.</summary>
    public abstract bool HasTrailingZeroCount { get; }

    /// <summary>True if the processor has LZCNT: else its encoding is BSR.</summary>
    public abstract bool HasLeadingZeroCount { get; }

    /// <summary>General register <paramref name="number"/> (0 = RAX .. 15 = R15).</summary>
    public abstract ulong ReadRegister(int number);

    /// <summary>Sets all of a general register.</summary>
    public abstract void WriteRegister(int number, ulong value);

    /// <summary>The selector in a segment register.</summary>
    public abstract ushort ReadSegment(SegmentRegister segment);

    /// <summary>Loads a segment register; false if that is refused.</summary>
    public abstract bool TryLoadSegment(SegmentRegister segment, ushort selector);

    /// <summary>An MMX register.</summary>
    public abstract ulong ReadMedia(int number);

    /// <summary>Sets an MMX register, which makes the x87 registers valid.</summary>
    public abstract void WriteMedia(int number, ulong value);

    /// <summary>The low 16 or 32 bytes of a vector register.</summary>
    public abstract void ReadVector(int number, Span<byte> value);

    /// <summary>Sets the low 16 or 32 bytes of a vector register; the rest stays or, with <paramref name="clearsRest"/>, becomes 0.</summary>
    public abstract void WriteVector(int number, ReadOnlySpan<byte> value, bool clearsRest);

    /// <summary>
    /// Finds memory operand <paramref name="operand"/> at an offset into a segment and checks it as the processor does; false if that is a fault.
    /// <paramref name="alignment"/> in bytes is required, 1 for none.
    /// </summary>
    public abstract bool TryLocate(int operand, SegmentRegister segment, ulong offset, int sizeBytes, bool write, int alignment);

    /// <summary>Reads all of an operand that was found; false if a device must answer first.</summary>
    public abstract bool TryRead(int operand, Span<byte> value);

    /// <summary>Writes all of an operand that was found; false if a device must answer first.</summary>
    public abstract bool TryWrite(int operand, ReadOnlySpan<byte> value);

    /// <summary>Reads the port in DX; false if a device must answer first.</summary>
    public abstract bool TryReadPort(int sizeBytes, out uint value);

    /// <summary>Writes the port in DX; false if a device must answer first.</summary>
    public abstract bool TryWritePort(int sizeBytes, uint value);

    /// <summary>Checks that code may go on at <paramref name="target"/>; false if that is a fault.</summary>
    public abstract bool TryCheckTarget(ulong target);

    /// <summary>Raises an exception; always false, so that it can be returned.</summary>
    public abstract bool Raise(EmulatedException exception);

    /// <summary>The instruction is done: goes on behind it.</summary>
    public abstract void Complete(int length);

    /// <summary>The instruction is done: goes on at a target that was checked.</summary>
    public abstract void Jump(ulong target);

    /// <summary>One element of a repeated string instruction is done: it goes on with the next, and events may come in between.</summary>
    public abstract void CompleteElement();

    /// <summary>Sets the low bytes of a general register as instructions do: 4 bytes clear the upper half.</summary>
    public void WriteRegister(int number, int sizeBytes, ulong value)
    {
        ulong mask = OperandSize.Mask(sizeBytes);
        WriteRegister(number, sizeBytes >= 4 ? value & mask : (ReadRegister(number) & ~mask) | (value & mask));
    }
}
