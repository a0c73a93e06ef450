using System;

namespace Multicosm.Machine;

/// <summary>Converts counts between two clocks without losing precision over years of uptime.</summary>
public readonly struct TickScale
{
    private readonly ulong _whole;
    private readonly ulong _fraction;

    /// <summary>A scale from counts at <paramref name="fromHertz"/> to counts at <paramref name="toHertz"/>, both not 0.</summary>
    public TickScale(ulong fromHertz, ulong toHertz)
    {
        _whole = toHertz / fromHertz;
        UInt128 rest = (UInt128)(toHertz % fromHertz) << 64;
        _fraction = (ulong)(rest / fromHertz);
    }

    /// <summary><paramref name="count"/> on the target clock, rounded down (at most one short over 2^64 counts).</summary>
    public ulong Convert(ulong count) => (count * _whole) + Math.BigMul(count, _fraction, out _);
}
