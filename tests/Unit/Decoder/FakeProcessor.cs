using System;
using System.Collections.Generic;
using System.Runtime.Intrinsics.X86;
using Multicosm.Decoder;
using Multicosm.Decoder.Execution;

namespace Multicosm.Unit.Decoder;

/// <summary>A processor without segments and paging, whose memory is an array; it notes what instructions do to it.</summary>
internal sealed class FakeProcessor : EmulatedProcessor
{
    private readonly (int At, int Size)[] _operands = new (int, int)[2];

    public ulong[] General { get; } = new ulong[16];

    public ushort[] Segments { get; } = new ushort[6];

    public ulong[] Media { get; } = new ulong[8];

    public byte[][] Vectors { get; } = [.. new byte[16][]];

    public byte[] Memory { get; } = new byte[0x2000];

    public List<EmulatedException> Raised { get; } = [];

    public List<uint> Ports { get; } = [];

    public int Elements { get; private set; }

    public ulong Rip { get; set; } = 0x1000;

    public int StackBytes { get; set; } = 8;

    public CodeMode CodeMode { get; set; } = CodeMode.Bits64;

    public override CodeMode Mode => CodeMode;

    public override ulong InstructionPointer => Rip;

    public override int StackAddressSizeBytes => StackBytes;

    public override ulong Flags { get; set; } = 2;

    public override bool HasTrailingZeroCount => Bmi1.IsSupported;

    public override bool HasLeadingZeroCount => Lzcnt.IsSupported;

    public override ulong ReadRegister(int number) => General[number];

    public override void WriteRegister(int number, ulong value) => General[number] = value;

    public override ushort ReadSegment(SegmentRegister segment) => Segments[(int)segment];

    public override bool TryLoadSegment(SegmentRegister segment, ushort selector)
    {
        Segments[(int)segment] = selector;
        return selector != 0xBAD;
    }

    public override ulong ReadMedia(int number) => Media[number];

    public override void WriteMedia(int number, ulong value) => Media[number] = value;

    public override void ReadVector(int number, Span<byte> value) => Vector(number).AsSpan(0, value.Length).CopyTo(value);

    public override void WriteVector(int number, ReadOnlySpan<byte> value, bool clearsRest)
    {
        if (clearsRest)
        {
            Vector(number).AsSpan().Clear();
        }

        value.CopyTo(Vector(number));
    }

    public override bool TryLocate(int operand, SegmentRegister segment, ulong offset, int sizeBytes, bool write, int alignment)
    {
        _operands[operand] = ((int)offset, sizeBytes);
        return (offset & (ulong)(alignment - 1)) == 0 && offset < 0x2000 ? true : Raise(EmulatedException.GeneralProtection);
    }

    public override bool TryRead(int operand, Span<byte> value)
    {
        Memory.AsSpan(_operands[operand].At, _operands[operand].Size).CopyTo(value);
        return value.Length == _operands[operand].Size;
    }

    public override bool TryWrite(int operand, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Memory.AsSpan(_operands[operand].At));
        return value.Length == _operands[operand].Size;
    }

    public override bool TryReadPort(int sizeBytes, out uint value)
    {
        value = 0xA5A5A5A5;
        return true;
    }

    public override bool TryWritePort(int sizeBytes, uint value)
    {
        Ports.Add(value);
        return true;
    }

    public override bool TryCheckTarget(ulong target) => target != 0xBAD || Raise(EmulatedException.GeneralProtection);

    public override bool Raise(EmulatedException exception)
    {
        Raised.Add(exception);
        return false;
    }

    public override void Complete(int length) => Rip += (ulong)length;

    public override void Jump(ulong target) => Rip = target;

    public override void CompleteElement() => Elements++;

    private byte[] Vector(int number) => Vectors[number] ??= new byte[64];
}
