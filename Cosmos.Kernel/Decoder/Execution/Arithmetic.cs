namespace Multicosm.Decoder.Execution;

/// <summary>What the arithmetic instructions make of their operands, and of the flags.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
public static class Arithmetic
{
    /// <summary>
    /// The result of <paramref name="operation"/> on two operands of <paramref name="sizeBytes"/>, with <paramref name="flags"/> (RFLAGS)
    /// brought up to date; of CMP and TEST the difference and the conjunction. For bit operations <paramref name="source"/> is the bit's number. Flags that the manual leaves undefined are 0.
    /// </summary>
    public static ulong Apply(Operation operation, int sizeBytes, ulong destination, ulong source, ref ulong flags)
    {
        ulong mask = OperandSize.Mask(sizeBytes);
        destination &= mask;
        ulong carry = flags & StatusFlags.Carry;
        switch (operation)
        {
            case Operation.Add or Operation.ExchangeAdd:
                return Add(sizeBytes, destination, source & mask, 0, ref flags);
            case Operation.AddWithCarry:
                return Add(sizeBytes, destination, source & mask, carry, ref flags);
            case Operation.Subtract or Operation.Compare:
                return Subtract(sizeBytes, destination, source & mask, 0, ref flags);
            case Operation.SubtractWithBorrow:
                return Subtract(sizeBytes, destination, source & mask, carry, ref flags);
            case Operation.Negate:
                return Subtract(sizeBytes, 0, destination, 0, ref flags);
            case Operation.Increment:
                return KeepCarry(Add(sizeBytes, destination, 1, 0, ref flags), carry, ref flags);
            case Operation.Decrement:
                return KeepCarry(Subtract(sizeBytes, destination, 1, 0, ref flags), carry, ref flags);
            case Operation.And or Operation.Test:
                return Logic(sizeBytes, destination & source, ref flags);
            case Operation.Or:
                return Logic(sizeBytes, (destination | source) & mask, ref flags);
            case Operation.ExclusiveOr:
                return Logic(sizeBytes, (destination ^ source) & mask, ref flags);
            case Operation.Not:
                return ~destination & mask;
            case Operation.BitTest or Operation.BitSet or Operation.BitReset or Operation.BitComplement:
                return Bit(operation, sizeBytes, destination, source, ref flags);
            default:
                return source & mask; // a move or an exchange
        }
    }

    /// <summary>Sets the flags as CMP does, and tells whether the operands are equal.</summary>
    public static bool Compare(int sizeBytes, ulong left, ulong right, ref ulong flags)
    {
        ulong mask = OperandSize.Mask(sizeBytes);
        return Subtract(sizeBytes, left & mask, right & mask, 0, ref flags) == 0;
    }

    /// <summary>Sets SF, ZF and PF by <paramref name="result"/>, clears AF, and sets CF and OF as given.</summary>
    internal static void SetByResult(int sizeBytes, ulong result, bool carry, bool overflow, ref ulong flags)
    {
        SetFlags(sizeBytes, result, carry ? ulong.MaxValue : 0, overflow ? ulong.MaxValue : 0, 0, ref flags);
    }

    private static ulong Add(int sizeBytes, ulong left, ulong right, ulong carry, ref ulong flags)
    {
        ulong result = (left + right + carry) & OperandSize.Mask(sizeBytes);
        ulong carries = (left & right) | ((left | right) & ~result);
        SetFlags(sizeBytes, result, carries, (left ^ result) & (right ^ result), left ^ right ^ result, ref flags);
        return result;
    }

    private static ulong Subtract(int sizeBytes, ulong left, ulong right, ulong borrow, ref ulong flags)
    {
        ulong result = (left - right - borrow) & OperandSize.Mask(sizeBytes);
        ulong borrows = (~left & right) | (~(left ^ right) & result);
        SetFlags(sizeBytes, result, borrows, (left ^ right) & (left ^ result), left ^ right ^ result, ref flags);
        return result;
    }

    private static ulong Logic(int sizeBytes, ulong result, ref ulong flags)
    {
        SetFlags(sizeBytes, result, 0, 0, 0, ref flags);
        return result;
    }

    private static ulong KeepCarry(ulong result, ulong carry, ref ulong flags)
    {
        flags = (flags & ~StatusFlags.Carry) | carry;
        return result;
    }

    private static ulong Bit(Operation operation, int sizeBytes, ulong destination, ulong number, ref ulong flags)
    {
        ulong bit = 1UL << (int)(number & (ulong)((sizeBytes * 8) - 1));
        flags = (flags & ~StatusFlags.Carry) | ((destination & bit) != 0 ? StatusFlags.Carry : 0);
        return operation switch
        {
            Operation.BitSet => destination | bit,
            Operation.BitReset => destination & ~bit,
            Operation.BitComplement => destination ^ bit,
            _ => destination,
        };
    }

    // Carries and overflows have the answer in the operand's top bit, adjusts in bit 4.
    private static void SetFlags(int sizeBytes, ulong result, ulong carries, ulong overflows, ulong adjusts, ref ulong flags)
    {
        int top = (sizeBytes * 8) - 1;
        ulong set = (carries >> top & 1) * StatusFlags.Carry;
        set |= (overflows >> top & 1) * StatusFlags.Overflow;
        set |= (result >> top & 1) * StatusFlags.Sign;
        set |= adjusts & StatusFlags.Adjust;
        set |= result == 0 ? StatusFlags.Zero : 0;
        set |= HasEvenParity(result) ? StatusFlags.Parity : 0;
        flags = (flags & ~StatusFlags.All) | set;
    }

    // Of the lowest byte: folded to four bits, whose parities stand in a constant.
    private static bool HasEvenParity(ulong result)
    {
        const int Even = 0x9669;
        return (Even >> (int)((result ^ (result >> 4)) & 15) & 1) != 0;
    }
}
