using System;

namespace Multicosm.Decoder.Execution;

/// <summary>MUL, IMUL, DIV and IDIV of the accumulator, whose double width is AX or rDX:rAX.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class WideArithmetic
{
    /// <summary>The product's low half and, in <paramref name="high"/>, its high one. CF and OF say whether the high half matters; the other flags go by the low half.</summary>
    public static ulong Multiply(bool isSigned, int sizeBytes, ulong left, ulong right, out ulong high, ref ulong flags)
    {
        ulong mask = OperandSize.Mask(sizeBytes);
        ulong low;
        if (sizeBytes == 8)
        {
            if (isSigned)
            {
                high = (ulong)Math.BigMul((long)left, (long)right, out long signedLow);
                low = (ulong)signedLow;
            }
            else
            {
                high = Math.BigMul(left, right, out low);
            }
        }
        else
        {
            ulong product = isSigned
                ? (ulong)(OperandSize.Extend(left, sizeBytes) * OperandSize.Extend(right, sizeBytes))
                : (left & mask) * (right & mask);
            low = product & mask;
            high = product >> (8 * sizeBytes) & mask;
        }

        ulong expected = isSigned ? (ulong)(OperandSize.Extend(low, sizeBytes) >> 63) & mask : 0;
        Arithmetic.SetByResult(sizeBytes, low, high != expected, high != expected, ref flags);
        return low;
    }

    /// <summary>Divides <paramref name="high"/>:<paramref name="low"/>. False, which is #DE, if the divisor is 0 or the quotient does not fit. The flags stay.</summary>
    public static bool TryDivide(bool isSigned, int sizeBytes, ulong high, ulong low, ulong divisor, out ulong quotient, out ulong remainder)
    {
        ulong mask = OperandSize.Mask(sizeBytes);
        UInt128 dividend = new(high & mask, low & mask);
        if (sizeBytes < 8)
        {
            dividend = ((high & mask) << (8 * sizeBytes)) | (low & mask);
        }

        if (isSigned)
        {
            return TryDivideSigned(sizeBytes, dividend, divisor, out quotient, out remainder);
        }

        return TryDivide(dividend, divisor & mask, mask, out quotient, out remainder);
    }

    // By magnitudes: the quotient is rounded to 0, the remainder has the dividend's sign.
    private static bool TryDivideSigned(int sizeBytes, UInt128 dividend, ulong divisor, out ulong quotient, out ulong remainder)
    {
        ulong mask = OperandSize.Mask(sizeBytes);
        int unused = 128 - (16 * sizeBytes);
        Int128 number = (Int128)(dividend << unused) >> unused;
        long by = OperandSize.Extend(divisor, sizeBytes);
        bool isNegative = Int128.IsNegative(number);
        UInt128 magnitude = isNegative ? (UInt128)(-number) : (UInt128)number;
        ulong divisorMagnitude = by < 0 ? (ulong)-by : (ulong)by;
        bool isQuotientNegative = isNegative != by < 0;
        ulong limit = (mask >> 1) + (isQuotientNegative ? 1ul : 0);
        bool fits = TryDivide(magnitude, divisorMagnitude, limit, out quotient, out remainder);
        quotient = isQuotientNegative ? (0 - quotient) & mask : quotient;
        remainder = isNegative ? (0 - remainder) & mask : remainder;
        return fits;
    }

    private static bool TryDivide(UInt128 dividend, ulong divisor, ulong limit, out ulong quotient, out ulong remainder)
    {
        quotient = remainder = 0;

        // A quotient of more than 64 bits needs a high half that is not below the divisor.
        if (divisor == 0 || (ulong)(dividend >> 64) >= divisor)
        {
            return false;
        }

        UInt128 whole = dividend / divisor;
        quotient = (ulong)whole;
        remainder = (ulong)(dividend - (whole * divisor));
        return quotient <= limit;
    }
}
