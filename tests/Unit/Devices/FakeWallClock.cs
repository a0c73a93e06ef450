using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

internal sealed class FakeWallClock(ulong unixSeconds) : WallClock
{
    public override ulong UnixSeconds => unixSeconds;
}
