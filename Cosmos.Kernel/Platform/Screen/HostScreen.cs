using System;
using System.Runtime.CompilerServices;

namespace Multicosm.Platform.Screen;

/// <summary>
/// The PC's screen as a page of text that scrolls: for who stands before a PC without a serial cable. Text goes into cells in memory;
/// what changed is painted at each line's end during start-up and in a panic, and in small pieces while guests run. It needs no allocator.
/// </summary>
public static unsafe class HostScreen
{
    private const byte Blank = (byte)' ';
    private const byte LastCharacter = (byte)'~';

    private static ScreenGeometry s_geometry;
    private static CellStorage s_cells;
    private static CellStorage s_shown;
    private static byte* s_memory;
    private static int s_column;
    private static int s_row;
    private static bool s_isLineOver;
    private static bool s_isBehind;

    /// <summary>True if the screen does not yet show all of the text.</summary>
    public static bool IsBehind => s_isBehind && s_memory != null;

    /// <summary>True once painting is left to <see cref="Paint"/>.</summary>
    public static bool IsDeferred { get; set; }

    /// <summary>True once there is a screen to write to.</summary>
    public static bool IsStarted => CellCount != 0;

    /// <summary>True if what is written can be seen.</summary>
    public static bool IsShown => IsStarted && s_memory != null;

    private static int CellCount => s_geometry.Columns * s_geometry.Rows;

    /// <summary>Clears the screen at <paramref name="memory"/> and shows text on it from now on.</summary>
    public static void Start(byte* memory, in ScreenGeometry geometry)
    {
        s_geometry = geometry;
        s_memory = memory;
        s_column = 0;
        s_row = 0;
        s_isLineOver = false;
        ((Span<byte>)s_cells)[..CellCount].Fill(Blank);
        ((Span<byte>)s_shown)[..CellCount].Fill(Blank);
        GlyphPainter.Clear(memory, in geometry);
    }

    /// <summary>The screen's memory now appears at <paramref name="memory"/>; null if it does not appear at all.</summary>
    public static void Move(byte* memory) => s_memory = memory;

    /// <summary>Writes text; LF begins a line, CR is not needed, what has no glyph becomes a question mark.</summary>
    public static void Write(ReadOnlySpan<byte> text)
    {
        if (CellCount == 0)
        {
            return;
        }

        foreach (byte character in text)
        {
            Put(character);
        }
    }

    /// <summary>Paints at most <paramref name="cells"/> cells that changed.</summary>
    public static void Paint(int cells)
    {
        if (!IsBehind)
        {
            return;
        }

        Span<byte> wanted = ((Span<byte>)s_cells)[..CellCount];
        Span<byte> shown = ((Span<byte>)s_shown)[..CellCount];
        int at = 0;
        for (; cells > 0; cells--)
        {
            at += wanted[at..].CommonPrefixLength(shown[at..]);
            if (at == wanted.Length)
            {
                s_isBehind = false;
                return;
            }

            GlyphPainter.Paint(s_memory, in s_geometry, at % s_geometry.Columns, at / s_geometry.Columns, wanted[at]);
            shown[at] = wanted[at];
        }
    }

    /// <summary>Paints all that changed.</summary>
    public static void PaintAll() => Paint(int.MaxValue);

    private static void Put(byte character)
    {
        if (character == '\r')
        {
            return;
        }

        if (s_isLineOver || s_column == s_geometry.Columns)
        {
            BeginLine();
        }

        s_isLineOver = character == '\n'; // the next line begins with its first character: no row is wasted on an empty one
        if (!s_isLineOver)
        {
            s_cells[(s_row * s_geometry.Columns) + s_column++] = character is >= Blank and <= LastCharacter ? character : (byte)'?';
            s_isBehind = true;
        }
        else if (!IsDeferred)
        {
            PaintAll();
        }
    }

    private static void BeginLine()
    {
        s_column = 0;
        if (s_row < s_geometry.Rows - 1)
        {
            s_row++;
        }
        else
        {
            Span<byte> cells = ((Span<byte>)s_cells)[..CellCount];
            cells[s_geometry.Columns..].CopyTo(cells);
            cells[^s_geometry.Columns..].Fill(Blank);
            s_isBehind = true;
        }
    }

    [InlineArray(ScreenGeometry.MaximumCells)]
    private struct CellStorage
    {
        private byte _first;
    }
}
