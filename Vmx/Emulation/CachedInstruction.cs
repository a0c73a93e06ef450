using System;
using System.Runtime.CompilerServices;
using Multicosm.Decoder;

namespace Multicosm.Vmx.Emulation;

/// <summary>Sixteen bytes of 64-bit code, and what the instruction at their beginning is: right for whoever finds the same bytes anywhere.</summary>
internal sealed class CachedInstruction
{
    /// <summary>Bytes that it is known by, one more than an instruction has.</summary>
    public const int Bytes = 16;

    /// <summary>What a plain move does; one of size 0 for all other instructions.</summary>
    public PlainMove Move;

    /// <summary>The instruction, after <see cref="Decode"/> with Success.</summary>
    public Instruction Instruction;

    private ulong _low; // at first bytes of 0, which are no plain move
    private ulong _high;
    private bool _isDecoded;

    /// <summary>True if it is of these bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Is(ulong low, ulong high) => low == _low && high == _high;

    /// <summary>Becomes that of these bytes.</summary>
    public void Take(ulong low, ulong high)
    {
        _low = low;
        _high = high;
        _isDecoded = false;
        _ = PlainMoveDecoder.TryDecode(low, high, ref Move); // false is a size of 0
    }

    /// <summary>Decodes it, whatever it is.</summary>
    public unsafe DecodeStatus Decode()
    {
        if (_isDecoded)
        {
            return DecodeStatus.Success;
        }

        Span<ulong> copy = stackalloc ulong[2];
        copy[0] = _low;
        copy[1] = _high;
        ReadOnlySpan<byte> bytes = new(Unsafe.AsPointer(ref copy[0]), Bytes - 1); // on the stack, which does not move
        DecodeStatus status = InstructionDecoder.TryDecode(bytes, CodeMode.Bits64, out Instruction);
        _isDecoded = status == DecodeStatus.Success;
        return status;
    }
}
