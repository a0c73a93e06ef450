using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.Platform.Screen;

/// <summary>Paints single cells into a screen's memory, light on black.</summary>
internal static unsafe class GlyphPainter
{
    private const int GlyphWidth = 8;
    private const int GlyphHeight = 16;
    private const byte FirstCharacter = (byte)' ';
    private const ushort TextColours = 0x0700; // light grey on black

    /// <summary>Paints <paramref name="character"/> (32..126) at a cell of the screen at <paramref name="memory"/>.</summary>
    public static void Paint(byte* memory, in ScreenGeometry geometry, int column, int row, byte character)
    {
        if (geometry.IsText)
        {
            *(ushort*)(memory + ((uint)row * geometry.Pitch) + (column * 2)) = (ushort)(TextColours | character);
            return;
        }

        byte* glyph = Font() + ((character - FirstCharacter) * GlyphHeight);
        byte* line = memory + ((ulong)(row * GlyphHeight * geometry.Scale) * geometry.Pitch) + (column * GlyphWidth * geometry.Scale * geometry.UnitBytes);
        for (int y = 0; y < GlyphHeight * geometry.Scale; y++)
        {
            PaintLine(line, glyph[y / geometry.Scale], in geometry);
            line += geometry.Pitch;
        }
    }

    /// <summary>Makes the whole screen black, its text blank.</summary>
    public static void Clear(byte* memory, in ScreenGeometry geometry)
    {
        ulong blank = geometry.IsText ? (TextColours | FirstCharacter) * 0x0001000100010001UL : 0;
        ulong words = (ulong)geometry.Pitch * geometry.Lines / sizeof(ulong);
        for (ulong i = 0; i < words; i++)
        {
            ((ulong*)memory)[i] = blank;
        }
    }

    private static void PaintLine(byte* target, byte bits, in ScreenGeometry geometry)
    {
        for (int x = 0; x < GlyphWidth * geometry.Scale; x++)
        {
            bool lit = (bits & (0x80 >> (x / geometry.Scale))) != 0;
            if (geometry.UnitBytes == 4)
            {
                *(uint*)target = lit ? 0xFFFFFFFFu : 0;
            }
            else
            {
                target[0] = target[1] = target[2] = lit ? (byte)0xFF : (byte)0;
            }

            target += geometry.UnitBytes;
        }
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "screen_font")]
    private static extern byte* Font();
}
