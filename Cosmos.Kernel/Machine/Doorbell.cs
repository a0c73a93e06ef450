namespace Multicosm.Machine;

/// <summary>How a device in the hypervisor tells a paravirtual guest that its ring has changed.</summary>
public abstract class Doorbell
{
    /// <summary>Tells the guest; nothing if it has no event channel for this device now.</summary>
    public abstract void Ring();
}
