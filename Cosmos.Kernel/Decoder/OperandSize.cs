namespace Multicosm.Decoder;

/// <summary>Sizes of operands and addresses, in bytes.</summary>
public static class OperandSize
{
    /// <summary>All ones of a size of 1, 2, 4 or 8 bytes.</summary>
    public static ulong Mask(int sizeBytes) => ulong.MaxValue >> (64 - (8 * sizeBytes));

    /// <summary>The low bytes of <paramref name="value"/> as a signed number.</summary>
    public static long Extend(ulong value, int sizeBytes)
    {
        int unused = 64 - (8 * sizeBytes);
        return (long)(value << unused) >> unused;
    }
}
