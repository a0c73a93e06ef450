using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

/// <summary>A wire that remembers its level and counts its rising edges.</summary>
internal sealed class FakeLine : InterruptLine
{
    internal bool IsHigh { get; private set; }

    internal int Rises { get; private set; }

    public override void Set(bool asserted)
    {
        Rises += asserted && !IsHigh ? 1 : 0;
        IsHigh = asserted;
    }
}
