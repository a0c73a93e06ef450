using Multicosm.Decoder;

namespace Multicosm.Paravirt.Emulation;

/// <summary>What the arithmetic instructions make of their operands, and of the flags.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class Arithmetic
{
    private const ulong Carry = 1 << 0;
    private const ulong Parity = 1 << 2;
    private const ulong Adjust = 1 << 4;
    private const ulong Zero = 1 << 6;
    private const ulong Sign = 1 << 7;
    private const ulong Overflow = 1 << 11;
    private const ulong All = Carry | Parity | Adjust | Zero | Sign | Overflow;

    /// <summary>
    /// The result of <paramref name="operation"/> on two operands of <paramref name="sizeBytes"/>, with <paramref name="flags"/> (RFLAGS)
    /// brought up to date. For bit operations <paramref name="source"/> is the bit's number. Flags that the manual leaves undefined are 0.
    /// </summary>
    public static ulong Apply(Operation operation, int sizeBytes, ulong destination, ulong source, ref ulong flags)
    {
        ulong mask = GuestRegister.Mask(sizeBytes);
        destination &= mask;
        ulong carry = flags & Carry;
        switch (operation)
        {
            case Operation.Add or Operation.ExchangeAdd:
                return Add(sizeBytes, destination, source & mask, 0, ref flags);
            case Operation.AddWithCarry:
                return Add(sizeBytes, destination, source & mask, carry, ref flags);
            case Operation.Subtract:
                return Subtract(sizeBytes, destination, source & mask, 0, ref flags);
            case Operation.SubtractWithBorrow:
                return Subtract(sizeBytes, destination, source & mask, carry, ref flags);
            case Operation.Negate:
                return Subtract(sizeBytes, 0, destination, 0, ref flags);
            case Operation.Increment:
                return KeepCarry(Add(sizeBytes, destination, 1, 0, ref flags), carry, ref flags);
            case Operation.Decrement:
                return KeepCarry(Subtract(sizeBytes, destination, 1, 0, ref flags), carry, ref flags);
            case Operation.And:
                return Logic(sizeBytes, destination & source, ref flags);
            case Operation.Or:
                return Logic(sizeBytes, (destination | source) & mask, ref flags);
            case Operation.ExclusiveOr:
                return Logic(sizeBytes, (destination ^ source) & mask, ref flags);
            case Operation.Not:
                return ~destination & mask;
            case Operation.BitSet or Operation.BitReset or Operation.BitComplement:
                return Bit(operation, sizeBytes, destination, source, ref flags);
            default:
                return source & mask; // a move or an exchange
        }
    }

    /// <summary>Sets the flags as CMP does, and tells whether the operands are equal.</summary>
    public static bool Compare(int sizeBytes, ulong left, ulong right, ref ulong flags)
    {
        ulong mask = GuestRegister.Mask(sizeBytes);
        return Subtract(sizeBytes, left & mask, right & mask, 0, ref flags) == 0;
    }

    private static ulong Add(int sizeBytes, ulong left, ulong right, ulong carry, ref ulong flags)
    {
        ulong result = (left + right + carry) & GuestRegister.Mask(sizeBytes);
        ulong carries = (left & right) | ((left | right) & ~result);
        SetFlags(sizeBytes, result, carries, (left ^ result) & (right ^ result), left ^ right ^ result, ref flags);
        return result;
    }

    private static ulong Subtract(int sizeBytes, ulong left, ulong right, ulong borrow, ref ulong flags)
    {
        ulong result = (left - right - borrow) & GuestRegister.Mask(sizeBytes);
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
        flags = (flags & ~Carry) | carry;
        return result;
    }

    private static ulong Bit(Operation operation, int sizeBytes, ulong destination, ulong number, ref ulong flags)
    {
        ulong bit = 1UL << (int)(number & (ulong)((sizeBytes * 8) - 1));
        flags = (flags & ~Carry) | ((destination & bit) != 0 ? Carry : 0);
        return operation switch
        {
            Operation.BitSet => destination | bit,
            Operation.BitReset => destination & ~bit,
            _ => destination ^ bit,
        };
    }

    // Carries and overflows have the answer in the operand's top bit, adjusts in bit 4.
    private static void SetFlags(int sizeBytes, ulong result, ulong carries, ulong overflows, ulong adjusts, ref ulong flags)
    {
        int top = (sizeBytes * 8) - 1;
        ulong set = (carries >> top & 1) * Carry;
        set |= (overflows >> top & 1) * Overflow;
        set |= (result >> top & 1) * Sign;
        set |= adjusts & Adjust;
        set |= result == 0 ? Zero : 0;
        set |= HasEvenParity(result) ? Parity : 0;
        flags = (flags & ~All) | set;
    }

    // Of the lowest byte: folded to four bits, whose parities stand in a constant.
    private static bool HasEvenParity(ulong result)
    {
        const int Even = 0x9669;
        return (Even >> (int)((result ^ (result >> 4)) & 15) & 1) != 0;
    }
}
