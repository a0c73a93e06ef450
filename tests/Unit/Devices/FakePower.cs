using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

internal sealed class FakePower : GuestPower
{
    internal int PowerOffs { get; private set; }

    internal int Resets { get; private set; }

    internal uint? ExitValue { get; private set; }

    public override void Exit(uint value) => ExitValue = value;

    public override void PowerOff() => PowerOffs++;

    public override void Reset() => Resets++;
}
