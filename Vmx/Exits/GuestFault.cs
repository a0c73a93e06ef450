namespace Multicosm.Vmx.Exits;

/// <summary>An exception that the guest is to get for what was done in its name.</summary>
internal readonly struct GuestFault(byte vector, uint errorCode, ulong address = 0)
{
    /// <summary>Vector of #TS.</summary>
    public const byte InvalidTss = 10;

    /// <summary>Vector of #NP.</summary>
    public const byte SegmentNotPresent = 11;

    /// <summary>Vector of #SS.</summary>
    public const byte StackFault = 12;

    /// <summary>Vector of #GP.</summary>
    public const byte GeneralProtection = 13;

    /// <summary>Vector of #PF.</summary>
    public const byte PageFault = 14;

    /// <summary>Vector; all have an error code.</summary>
    public byte Vector { get; } = vector;

    /// <summary>Error code.</summary>
    public uint ErrorCode { get; } = errorCode;

    /// <summary>Linear address of a page fault.</summary>
    public ulong Address { get; } = address;
}
