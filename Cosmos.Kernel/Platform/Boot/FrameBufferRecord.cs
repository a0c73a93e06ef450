namespace Multicosm.Platform.Boot;

/// <summary>The screen that the loader left: where and how pixels or characters lie in memory.</summary>
/// <source>Multiboot2 specification, "Boot information format"</source>
public struct FrameBufferRecord
{
    /// <summary>Physical address of the first byte.</summary>
    public ulong Address;

    /// <summary>Bytes from one line to the next, columns (pixels or characters), lines.</summary>
    public uint Pitch, Width, Height;

    /// <summary>Bits of a pixel or character.</summary>
    public byte BitsPerPixel;

    /// <summary>What it is; None where there is no screen.</summary>
    public FrameBufferKind Kind;

    /// <summary>Bytes in all; 0 if that is no sensible number.</summary>
    public readonly ulong Bytes => Height <= MaximumLines ? (ulong)Pitch * Height : 0;

    private const uint MaximumLines = 16 * 1024;
}
