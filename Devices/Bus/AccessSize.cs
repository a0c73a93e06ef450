namespace Multicosm.Devices.Bus;

/// <summary>Masks for accesses of 1, 2, 4 or 8 bytes.</summary>
internal static class AccessSize
{
    /// <summary>A value of <paramref name="sizeBytes"/> bytes of ones; what nobody answers reads so.</summary>
    internal static ulong AllOnes(int sizeBytes) => sizeBytes >= 8 ? ulong.MaxValue : (1UL << (sizeBytes * 8)) - 1;
}
