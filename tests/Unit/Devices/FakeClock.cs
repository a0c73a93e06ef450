using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

/// <summary>A clock that stands still until a test moves it. 100 MHz unless said otherwise.</summary>
internal sealed class FakeClock(ulong ticksPerSecond = 100_000_000) : MonotonicClock
{
    internal ulong Ticks { get; set; }

    /// <summary>Ticks that pass with each look, for guests that poll.</summary>
    internal ulong TicksPerLook { get; set; }

    public override ulong Now => Ticks += TicksPerLook;

    public override ulong TicksPerSecond { get; } = ticksPerSecond;
}
