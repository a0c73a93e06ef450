namespace Multicosm.Paravirt.Memory;

/// <summary>What a frame of a PV domain is used for. While a use is counted no other is possible: this is the wall between domains.</summary>
internal enum FrameType : byte
{
    /// <summary>Nothing that excludes another use.</summary>
    None = 0,

    /// <summary>Page table of level 1.</summary>
    Level1 = 1,

    /// <summary>Page table of level 2.</summary>
    Level2 = 2,

    /// <summary>Page table of level 3.</summary>
    Level3 = 3,

    /// <summary>Page table of level 4.</summary>
    Level4 = 4,

    /// <summary>Segment descriptors, in a GDT or an LDT.</summary>
    Descriptors = 5,

    /// <summary>Memory that the guest may write.</summary>
    Writable = 6,

    /// <summary>Given back by the guest: nobody may use it until the guest asks for memory again.</summary>
    Free = 7,
}
