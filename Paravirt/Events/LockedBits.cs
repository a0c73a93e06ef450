using System.Runtime.CompilerServices;
using System.Threading;

namespace Multicosm.Paravirt.Events;

/// <summary>Bits in memory that a guest changes at the same time: each operation is one locked instruction or a loop of compare-exchanges.</summary>
internal static unsafe class LockedBits
{
    /// <summary>Sets bit <paramref name="index"/> of the 64-bit words at <paramref name="words"/>; true if it was set before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TestAndSet(byte* words, int index)
    {
        ulong bit = 1UL << (index & 63);
        return (Interlocked.Or(ref ((ulong*)words)[index >> 6], bit) & bit) != 0;
    }

    /// <summary>Clears bit <paramref name="index"/>; true if it was set before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TestAndClear(byte* words, int index)
    {
        ulong bit = 1UL << (index & 63);
        return (Interlocked.And(ref ((ulong*)words)[index >> 6], ~bit) & bit) != 0;
    }

    /// <summary>True if bit <paramref name="index"/> is set now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSet(byte* words, int index) => ((Volatile.Read(ref ((ulong*)words)[index >> 6]) >> (index & 63)) & 1) != 0;
}
