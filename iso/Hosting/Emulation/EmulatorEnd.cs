namespace Multicosm.Hosting.Emulation;

/// <summary>How an emulator ended.</summary>
public enum EmulatorEnd
{
    /// <summary>It has not.</summary>
    Running,

    /// <summary>The machine was switched off by its software.</summary>
    PoweredOff,

    /// <summary>Anything else.</summary>
    Died,
}
