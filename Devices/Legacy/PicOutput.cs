namespace Multicosm.Devices.Legacy;

/// <summary>Where the INTR output of the 8259 pair leads.</summary>
public abstract class PicOutput
{
    /// <summary>The level of INTR; called at each change, and perhaps when there is none.</summary>
    public abstract void SetInterrupt(bool asserted);
}
