namespace Multicosm.Machine;

/// <summary>What is known of the PC's memory outside Platform: how much there is and who has it.</summary>
public abstract class FrameSource
{
    /// <summary>Bytes that nobody owns.</summary>
    public abstract ulong FreeBytes { get; }

    /// <summary>Bytes of RAM that the memory map lists, boot modules and the host's own included.</summary>
    public abstract ulong TotalBytes { get; }

    /// <summary>Bytes owned by domain slot <paramref name="slot"/> (0..255).</summary>
    public abstract ulong BytesOwnedBy(int slot);
}
