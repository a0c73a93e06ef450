namespace Multicosm.Platform.Memory;

/// <summary>Who owns a frame. Domain slot n owns as <see cref="Domain"/>(n).</summary>
public readonly struct FrameOwner(ushort id)
{
    /// <summary>The owner's number in the table.</summary>
    public ushort Id { get; } = id;

    /// <summary>Owners are numbered below this.</summary>
    public const int Count = 16 + 256;

    /// <summary>Nobody: the frame is free.</summary>
    public static FrameOwner None => new(0);

    /// <summary>The hypervisor itself.</summary>
    public static FrameOwner Host => new(1);

    /// <summary>Boot modules, shared by all domains and never freed.</summary>
    public static FrameOwner BootModules => new(2);

    /// <summary>Not RAM, or taken by firmware.</summary>
    public static FrameOwner Reserved => new(3);

    /// <summary>The domain in <paramref name="slot"/> (0..255).</summary>
    public static FrameOwner Domain(int slot) => new((ushort)(16 + slot));
}
