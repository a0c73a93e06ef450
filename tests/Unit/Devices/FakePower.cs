using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

internal sealed class FakePower : GuestPower
{
    internal int PowerOffs { get; private set; }

    internal int Resets { get; private set; }

    public override void PowerOff() => PowerOffs++;

    public override void Reset() => Resets++;
}
