namespace Multicosm.Devices.Apic;

/// <summary>An interrupt message between APICs.</summary>
/// <param name="mode">What is asked.</param>
/// <param name="vector">The vector.</param>
/// <param name="destination">Target: an APIC ID or a logical destination.</param>
/// <param name="isLogical">True if the target is logical.</param>
/// <param name="isLevel">True for a level-triggered interrupt, whose EOI the I/O APIC wants to hear.</param>
public readonly struct ApicMessage(ApicDeliveryMode mode, byte vector, uint destination, bool isLogical, bool isLevel)
{
    /// <summary>Physical destination: all APICs.</summary>
    public const uint Broadcast = 0xFFFF_FFFF;

    /// <summary>What is asked.</summary>
    public ApicDeliveryMode Mode { get; } = mode;

    /// <summary>The vector.</summary>
    public byte Vector { get; } = vector;

    /// <summary>An APIC ID (<see cref="Broadcast"/>: all) or a logical destination.</summary>
    public uint Destination { get; } = destination;

    /// <summary>True if <see cref="Destination"/> is logical.</summary>
    public bool IsLogical { get; } = isLogical;

    /// <summary>True for a level-triggered interrupt.</summary>
    public bool IsLevel { get; } = isLevel;
}
