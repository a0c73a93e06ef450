namespace Multicosm.Decoder.Execution;

/// <summary>Shifts and rotates.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class Shifts
{
    /// <summary>
    /// <paramref name="value"/> of <paramref name="sizeBytes"/> shifted by the low bits of <paramref name="count"/>; SHLD and SHRD take bits in
    /// from <paramref name="source"/>. A count of 0 leaves the flags alone; those that the manual leaves undefined are as if the count were 1.
    /// </summary>
    public static ulong Apply(Operation operation, int sizeBytes, ulong value, ulong source, ulong count, ref ulong flags)
    {
        int bits = sizeBytes * 8;
        int by = (int)count & (sizeBytes == 8 ? 63 : 31);
        value &= OperandSize.Mask(sizeBytes);
        if (by == 0)
        {
            return value;
        }

        switch (operation)
        {
            case Operation.RotateLeft or Operation.RotateRight:
                return Rotate(operation == Operation.RotateLeft ? by % bits : (bits - (by % bits)) % bits, operation, bits, value, ref flags);
            case Operation.RotateLeftWithCarry or Operation.RotateRightWithCarry:
                return RotateWithCarry(operation, by % (bits + 1), bits, value, ref flags);
            case Operation.ShiftLeft:
                return Left(value, 0, by, bits, ref flags);
            case Operation.ShiftLeftDouble:
                return Left(value, source & OperandSize.Mask(sizeBytes), by, bits, ref flags);
            case Operation.ShiftRight:
                return Right(value, 0, by, bits, ref flags);
            case Operation.ShiftRightDouble:
                return Right(value, source & OperandSize.Mask(sizeBytes), by, bits, ref flags);
            default:
                ulong sign = (ulong)(OperandSize.Extend(value, sizeBytes) >> 63) & OperandSize.Mask(sizeBytes);
                return Right(value, sign, by, bits, ref flags);
        }
    }

    private static ulong Rotate(int left, Operation operation, int bits, ulong value, ref ulong flags)
    {
        ulong result = left == 0 ? value : ((value << left) | (value >> (bits - left))) & OperandSize.Mask(bits / 8);
        ulong top = result >> (bits - 1) & 1;
        ulong carry = operation == Operation.RotateLeft ? result & 1 : top;
        ulong overflow = top ^ (operation == Operation.RotateLeft ? carry : result >> (bits - 2) & 1);
        SetCarryAndOverflow(carry, overflow, ref flags);
        return result;
    }

    // The carry is one bit more of the operand.
    private static ulong RotateWithCarry(Operation operation, int by, int bits, ulong value, ref ulong flags)
    {
        ulong carry = flags & StatusFlags.Carry;
        ulong before = value;
        bool isLeft = operation == Operation.RotateLeftWithCarry;
        for (int i = 0; i < by; i++)
        {
            ulong bit = isLeft ? value >> (bits - 1) & 1 : value & 1;
            before = value;
            value = isLeft ? ((value << 1) | carry) & OperandSize.Mask(bits / 8) : (value >> 1) | (carry << (bits - 1));
            carry = bit;
        }

        if (by != 0)
        {
            SetCarryAndOverflow(carry, (value ^ before) >> (bits - 1) & 1, ref flags);
        }

        return value;
    }

    private static void SetCarryAndOverflow(ulong carry, ulong overflow, ref ulong flags) =>
        flags = (flags & ~(StatusFlags.Carry | StatusFlags.Overflow)) | carry | (overflow * StatusFlags.Overflow);

    // The bits of fill come in from below, its highest first.
    private static ulong Left(ulong value, ulong fill, int by, int bits, ref ulong flags)
    {
        ulong mask = OperandSize.Mask(bits / 8);
        ulong carry = by <= bits ? value >> (bits - by) & 1 : 0;
        ulong result = ((value << by) | (by <= bits ? fill >> (bits - by) : fill << (by - bits))) & mask;
        Arithmetic.SetByResult(bits / 8, result, carry != 0, ((result >> (bits - 1)) ^ carry) != 0, ref flags);
        return result;
    }

    // The bits of fill come in from above, its lowest first; sign bits go on for ever.
    private static ulong Right(ulong value, ulong fill, int by, int bits, ref ulong flags)
    {
        ulong mask = OperandSize.Mask(bits / 8);
        bool isSign = fill == mask;
        ulong carry = by <= bits ? value >> (by - 1) & 1 : isSign ? 1ul : 0;
        ulong shifted = value >> by;
        ulong result = by <= bits ? (shifted | (fill << (bits - by))) & mask : isSign ? mask : 0;
        Arithmetic.SetByResult(bits / 8, result, carry != 0, ((result ^ value) >> (bits - 1) & 1) != 0, ref flags);
        return result;
    }
}
