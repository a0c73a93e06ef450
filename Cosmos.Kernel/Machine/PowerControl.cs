namespace Multicosm.Machine;

/// <summary>Ends the host.</summary>
public abstract class PowerControl
{
    /// <summary>Switches the PC off; returns only if it cannot.</summary>
    public abstract void PowerOff();

    /// <summary>Resets the PC; returns only if it cannot.</summary>
    public abstract void Reboot();
}
