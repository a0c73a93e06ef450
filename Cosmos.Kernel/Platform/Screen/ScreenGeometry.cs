using System;
using Multicosm.Platform.Boot;

namespace Multicosm.Platform.Screen;

/// <summary>How cells of text lie in a screen's memory.</summary>
public struct ScreenGeometry
{
    /// <summary>Cells that the text may have at most.</summary>
    public const int MaximumCells = 16 * 1024;

    private const uint GlyphWidth = 8;
    private const uint GlyphHeight = 16;
    private const uint WideScreen = 2560; // from here on pixels are too small for glyphs of their size
    private const uint MaximumColumns = 240;
    private const uint MaximumPitch = 64 * 1024;
    private const ulong MaximumBytes = 256UL << 20;

    /// <summary>Cells in a row, and rows; 0 where nothing can be shown.</summary>
    public int Columns, Rows;

    /// <summary>Screen pixels to a pixel of a glyph, each way.</summary>
    public int Scale;

    /// <summary>Bytes of a pixel, or of a character cell.</summary>
    public int UnitBytes;

    /// <summary>Bytes from one line of pixels, or row of characters, to the next.</summary>
    public uint Pitch;

    /// <summary>Lines of pixels, or rows of characters.</summary>
    public uint Lines;

    /// <summary>True for characters, false for pixels.</summary>
    public bool IsText;

    /// <summary>The geometry of <paramref name="buffer"/>: without cells if it is a screen that cannot be painted, or makes no sense.</summary>
    public static ScreenGeometry Of(in FrameBufferRecord buffer)
    {
        uint unit = (uint)buffer.BitsPerPixel / 8;
        bool isText = buffer.Kind == FrameBufferKind.Text;
        bool known = isText ? unit == 2 : buffer.Kind == FrameBufferKind.Rgb && unit is 3 or 4;
        if (!known || buffer.Pitch > MaximumPitch || buffer.Bytes is 0 or > MaximumBytes || buffer.Width > buffer.Pitch / unit)
        {
            return default;
        }

        uint scale = !isText && buffer.Width >= WideScreen ? 2u : 1;
        uint columns = Math.Min(isText ? buffer.Width : buffer.Width / (GlyphWidth * scale), MaximumColumns);
        uint rows = isText ? buffer.Height : buffer.Height / (GlyphHeight * scale);
        return new ScreenGeometry
        {
            Columns = (int)columns,
            Rows = columns == 0 ? 0 : (int)Math.Min(rows, MaximumCells / columns),
            Scale = (int)scale,
            UnitBytes = (int)unit,
            Pitch = buffer.Pitch,
            Lines = buffer.Height,
            IsText = isText,
        };
    }
}
