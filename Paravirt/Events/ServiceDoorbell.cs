using Multicosm.Machine;

namespace Multicosm.Paravirt.Events;

/// <summary>A service's doorbell: an event on the port that it is connected to.</summary>
internal sealed class ServiceDoorbell(EventChannels channels, int service) : Doorbell
{
    /// <inheritdoc/>
    public override void Ring() => channels.RaiseService(service);
}
