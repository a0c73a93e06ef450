using System;
using System.Threading;
using Multicosm.Machine;

namespace Multicosm.Paravirt.Events;

/// <summary>
/// System time as PV guests see it: nanoseconds since the TSC was 0, which a guest computes from its TSC by the multiplier and shift in
/// its vcpu_time_info. The hypervisor computes by the very same numbers, so both agree to the nanosecond for ever, on all vCPUs, and
/// what was published once need not be published again.
/// </summary>
/// <source>Xen headers "xen.h"</source>
internal sealed unsafe class PvClock
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;
    private const ulong FarthestNanoseconds = 1UL << 56; // over two years: no timer waits longer
    private const byte TscStable = 1;

    private readonly MonotonicClock _clock;
    private readonly TickScale _ticks;
    private readonly ulong _bootUnixNanoseconds;
    private readonly bool _isStable;

    /// <summary>Of the PC's clock; <paramref name="isStable"/> if its TSC runs at one rate whatever the CPU does, and guests may compare it between vCPUs.</summary>
    public PvClock(MonotonicClock clock, WallClock wall, bool isStable)
    {
        _clock = clock;
        _isStable = isStable;
        (Multiplier, Shift) = Scale(clock.TicksPerSecond);
        _ticks = new TickScale(Multiplier, 1UL << (32 - Shift));
        ulong unix = wall.UnixSeconds * NanosecondsPerSecond;
        _bootUnixNanoseconds = unix - Math.Min(unix, Now);
    }

    /// <summary>Nanoseconds are (ticks shifted left by <see cref="Shift"/>) * Multiplier / 2^32. About 2^31 at least, to be precise.</summary>
    public uint Multiplier { get; }

    /// <summary>How far ticks are shifted left before the multiplication; right if negative.</summary>
    public int Shift { get; }

    /// <summary>System time now.</summary>
    public ulong Now => ToNanoseconds(_clock.Now);

    /// <summary>System time at <paramref name="ticks"/> of the PC's clock.</summary>
    public ulong ToNanoseconds(ulong ticks)
    {
        ulong shifted = Shift < 0 ? ticks >> -Shift : ticks << Shift;
        ulong high = Math.BigMul(shifted, Multiplier, out ulong low);
        return (high << 32) | (low >> 32);
    }

    /// <summary>The PC's clock at system time <paramref name="nanoseconds"/>, never earlier; at most two years ahead. Now, if that has passed.</summary>
    public ulong ToTicks(ulong nanoseconds)
    {
        ulong nowTicks = _clock.Now;
        ulong now = ToNanoseconds(nowTicks);
        ulong ahead = nanoseconds <= now ? 0 : Math.Min(nanoseconds - now, FarthestNanoseconds);
        return ahead == 0 ? nowTicks : nowTicks + _ticks.Convert(ahead) + (1UL << Math.Max(-Shift, 0)); // a timer never fires early
    }

    /// <summary>Publishes the clock in the vcpu_time_info at <paramref name="info"/>, visible to a guest.</summary>
    public void WriteTime(byte* info)
    {
        uint version = Volatile.Read(ref *(uint*)info) & ~1u;
        Volatile.Write(ref *(uint*)info, version + 1); // odd: readers wait
        Interlocked.MemoryBarrier();
        WriteFields(new Span<byte>(info, SharedLayout.TimeSize));
        Interlocked.MemoryBarrier();
        Volatile.Write(ref *(uint*)info, version + 2);
    }

    /// <summary>Publishes UNIX time at system time 0 in the shared page <paramref name="shared"/>.</summary>
    public void WriteWallClock(byte* shared)
    {
        ulong seconds = _bootUnixNanoseconds / NanosecondsPerSecond;
        ref uint version = ref *(uint*)(shared + SharedLayout.WallVersion);
        uint even = Volatile.Read(ref version) & ~1u;
        Volatile.Write(ref version, even + 1);
        Interlocked.MemoryBarrier();
        *(uint*)(shared + SharedLayout.WallSeconds) = (uint)seconds;
        *(uint*)(shared + SharedLayout.WallNanoseconds) = (uint)(_bootUnixNanoseconds % NanosecondsPerSecond);
        *(uint*)(shared + SharedLayout.WallSecondsHigh) = (uint)(seconds >> 32);
        Interlocked.MemoryBarrier();
        Volatile.Write(ref version, even + 2);
    }

    /// <summary>Fills all of a vcpu_time_info but its version.</summary>
    public void WriteFields(Span<byte> info)
    {
        info[4..].Clear(); // TSC and system time 0 belong together
        _ = BitConverter.TryWriteBytes(info[24..], Multiplier); // 4 bytes fit
        info[28] = (byte)(sbyte)Shift;
        info[29] = _isStable ? TscStable : (byte)0;
    }

    // A multiplier between 2^31 and 2^32: 1 s in ns, divided by the rate after the shift, which lies between 1 and 2 GHz.
    private static (uint Multiplier, int Shift) Scale(ulong ticksPerSecond)
    {
        int shift = 0;
        ulong rate = ticksPerSecond;
        while (rate > 2 * NanosecondsPerSecond)
        {
            rate >>= 1;
            shift--;
        }

        while (rate <= NanosecondsPerSecond)
        {
            rate <<= 1;
            shift++;
        }

        // From the whole rate: what the shifts above have cut off must not be lost.
        UInt128 multiplier = ((UInt128)NanosecondsPerSecond << 32 << Math.Max(-shift, 0)) / ((UInt128)ticksPerSecond << Math.Max(shift, 0));
        return ((uint)UInt128.Min(multiplier, uint.MaxValue), shift);
    }
}
