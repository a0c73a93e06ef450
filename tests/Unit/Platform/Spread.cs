namespace Multicosm.Unit.Platform;

/// <summary>Makes numbers over the whole range from the small ones that FsCheck likes.</summary>
internal static class Spread
{
    public static ulong Over64(ulong small)
    {
        ulong mixed = unchecked((small + 1) * 0x9E3779B97F4A7C15);
        mixed = unchecked((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9);
        return mixed ^ (mixed >> 32);
    }

    public static uint Over32(ulong small) => (uint)Over64(small);
}
