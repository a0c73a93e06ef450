using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Multicosm.Hosting;

namespace Multicosm.Harness;

/// <summary>Reads the text that the hypervisor painted.</summary>
public static class ScreenReader
{
    private const int GlyphWidth = 8;
    private const int GlyphHeight = 16;

    /// <summary>The lines on a screen of characters, whose memory this is.</summary>
    public static IReadOnlyList<string> ReadCells(byte[] memory, int columns)
        => [.. memory.Where((_, index) => index % 2 == 0).Chunk(columns).Select(line => Encoding.ASCII.GetString(line).TrimEnd('\0', ' '))];

    /// <summary>The lines in a picture (a binary PPM file), by comparing its cells with the glyphs that the kernel has; what is none of them is an asterisk.</summary>
    public static IReadOnlyList<string> ReadPicture(byte[] picture)
    {
        byte[] font = File.ReadAllBytes(Path.Combine(Repository.Out, "kernel", "obj", "font.bin"));
        Dictionary<UInt128, char> glyphs = [];
        for (int i = font.Length / GlyphHeight; i-- > 0;)
        {
            glyphs[Pack(font.AsSpan(i * GlyphHeight, GlyphHeight))] = (char)(' ' + i);
        }

        (int width, int height, int start) = Measure(picture);
        return [.. Enumerable.Range(0, height / GlyphHeight).Select(row => string.Concat(
            Enumerable.Range(0, width / GlyphWidth).Select(column => glyphs.GetValueOrDefault(Cell(picture, start, width, column, row), '*'))).TrimEnd())];
    }

    private static UInt128 Cell(byte[] picture, int start, int width, int column, int row)
    {
        byte[] lines = new byte[GlyphHeight];
        for (int y = 0; y < GlyphHeight; y++)
        {
            for (int x = 0; x < GlyphWidth; x++)
            {
                int pixel = start + (3 * ((((row * GlyphHeight) + y) * width) + (column * GlyphWidth) + x));
                lines[y] |= (byte)(picture[pixel] > 127 ? 0x80 >> x : 0);
            }
        }

        return Pack(lines);
    }

    private static UInt128 Pack(ReadOnlySpan<byte> glyph)
    {
        UInt128 value = 0;
        foreach (byte line in glyph)
        {
            value = (value << 8) | line;
        }

        return value;
    }

    // P6, width, height and the largest value, each ended by white space, then three bytes for each pixel.
    private static (int Width, int Height, int Start) Measure(byte[] picture)
    {
        string[] words = Encoding.ASCII.GetString(picture, 0, Math.Min(40, picture.Length)).Split(['\n', ' '], 5);
        int start = words.Take(4).Sum(word => word.Length + 1);
        return (int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture), start);
    }
}
