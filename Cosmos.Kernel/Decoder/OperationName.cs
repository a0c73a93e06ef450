using System;
using Multicosm.Machine;

namespace Multicosm.Decoder;

/// <summary>Mnemonics of decoded instructions. Vector moves have one for all: how wide they are is in their operand.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class OperationName
{
    /// <summary>Writes the mnemonic and a blank.</summary>
    public static void Write(TextOutput output, in Instruction instruction)
    {
        output.Write(Of(in instruction));
        if (instruction.Operation is Operation.SetCondition or Operation.ConditionalMove)
        {
            output.Write("o nob aee nebea s nsp npl gele g "u8.Slice(instruction.Condition * 2, 2).TrimEnd((byte)' '));
        }

        output.Write(" "u8);
    }

    private static ReadOnlySpan<byte> Of(in Instruction instruction) => instruction.Operation switch
    {
        Operation.Move or Operation.MoveSegment => "mov"u8,
        Operation.MoveExtended => instruction.Extension == Extension.Sign ? "movsx"u8 : "movzx"u8,
        Operation.MoveSwapped => "movbe"u8,
        Operation.MoveVector => instruction.IsVex ? "vmovdqu"u8 : "movdqu"u8,
        Operation.MoveLowHalf => "movlps"u8,
        Operation.MoveHighHalf => "movhps"u8,
        Operation.MoveString => "movs"u8,
        Operation.StoreString => "stos"u8,
        Operation.LoadString => "lods"u8,
        Operation.CompareString => "cmps"u8,
        Operation.ScanString => "scas"u8,
        Operation.SetCondition => "set"u8,
        Operation.ConditionalMove => "cmov"u8,
        Operation.Push => "push"u8,
        Operation.Pop => "pop"u8,
        Operation.Jump => "jmp"u8,
        Operation.Call => "call"u8,
        Operation.Flush => "clflush"u8,
        Operation.InString => "ins"u8,
        Operation.OutString => "outs"u8,
        >= Operation.RotateLeft and <= Operation.ShiftRightDouble => Shift(instruction.Operation),
        _ => Arithmetic(instruction.Operation),
    };

    private static ReadOnlySpan<byte> Shift(Operation operation) => operation switch
    {
        Operation.RotateLeft => "rol"u8,
        Operation.RotateRight => "ror"u8,
        Operation.RotateLeftWithCarry => "rcl"u8,
        Operation.RotateRightWithCarry => "rcr"u8,
        Operation.ShiftLeft => "shl"u8,
        Operation.ShiftRight => "shr"u8,
        Operation.ShiftRightSigned => "sar"u8,
        Operation.ShiftLeftDouble => "shld"u8,
        _ => "shrd"u8,
    };

    private static ReadOnlySpan<byte> Arithmetic(Operation operation) => operation switch
    {
        Operation.Exchange => "xchg"u8,
        Operation.ExchangeAdd => "xadd"u8,
        Operation.CompareExchange => "cmpxchg"u8,
        Operation.CompareExchangePair => "cmpxchg8b"u8,
        Operation.Add => "add"u8,
        Operation.Or => "or"u8,
        Operation.AddWithCarry => "adc"u8,
        Operation.SubtractWithBorrow => "sbb"u8,
        Operation.And => "and"u8,
        Operation.Subtract => "sub"u8,
        Operation.ExclusiveOr => "xor"u8,
        Operation.Compare => "cmp"u8,
        Operation.Not => "not"u8,
        Operation.Negate => "neg"u8,
        Operation.Increment => "inc"u8,
        Operation.Decrement => "dec"u8,
        Operation.BitTest => "bt"u8,
        Operation.BitSet => "bts"u8,
        Operation.BitReset => "btr"u8,
        Operation.BitComplement => "btc"u8,
        Operation.Test => "test"u8,
        Operation.Multiply => "mul"u8,
        Operation.MultiplySigned or Operation.MultiplyLow => "imul"u8,
        Operation.Divide => "div"u8,
        Operation.DivideSigned => "idiv"u8,
        Operation.BitScanForward => "bsf"u8,
        Operation.BitScanReverse => "bsr"u8,
        Operation.CountTrailingZeros => "tzcnt"u8,
        Operation.CountLeadingZeros => "lzcnt"u8,
        _ => "popcnt"u8,
    };
}
