using Multicosm.Machine;

namespace Multicosm.Unit.Devices.XenPv;

/// <summary>Counts the rings.</summary>
internal sealed class RecordingDoorbell : Doorbell
{
    internal int Rings { get; set; }

    public override void Ring() => Rings++;
}
