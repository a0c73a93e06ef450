namespace Multicosm.Platform.Boot;

/// <summary>What a screen's memory holds.</summary>
public enum FrameBufferKind : byte
{
    /// <summary>There is no screen, or none that is known.</summary>
    None,

    /// <summary>Pixels that are numbers of colours in a table.</summary>
    Palette,

    /// <summary>Pixels with red, green and blue fields.</summary>
    Rgb,

    /// <summary>Characters, each with a byte of colours.</summary>
    Text,
}
