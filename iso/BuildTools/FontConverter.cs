using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace Multicosm.BuildTools;

/// <summary>Takes the printable ASCII glyphs out of a GRUB font of 16 lines: 16 bytes each, a byte a row.</summary>
internal static class FontConverter
{
    private const int First = ' ';
    private const int Last = '~';
    private const int Lines = 16;

    public static int Write(string font, string output)
    {
        byte[] file = File.ReadAllBytes(font);
        byte[] glyphs = new byte[(Last - First + 1) * Lines];
        int ascent = 0;
        int found = 0;
        for (int at = 0; at + 8 <= file.Length;)
        {
            string name = Encoding.ASCII.GetString(file, at, 4);
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 4));
            if (name == "DATA")
            {
                break; // glyphs follow to the end of the file: the index leads there
            }

            ReadOnlySpan<byte> body = file.AsSpan(at + 8, length);
            ascent = name == "ASCE" ? BinaryPrimitives.ReadUInt16BigEndian(body) : ascent;
            found += name == "CHIX" ? Read(file, body, ascent, glyphs) : 0;
            at += 8 + length;
        }

        if (found != Last - First + 1)
        {
            Console.Error.WriteLine($"error : {font} has {found} of the {Last - First + 1} glyphs that the kernel's screen needs");
            return 1;
        }

        File.WriteAllBytes(output, glyphs);
        return 0;
    }

    // An entry of the index: code point, flags, offset in the file.
    private static int Read(byte[] file, ReadOnlySpan<byte> index, int ascent, byte[] glyphs)
    {
        const int EntryBytes = 9;
        int found = 0;
        for (int entry = 0; entry + EntryBytes <= index.Length; entry += EntryBytes)
        {
            uint character = BinaryPrimitives.ReadUInt32BigEndian(index[entry..]);
            if (character is >= First and <= Last)
            {
                uint offset = BinaryPrimitives.ReadUInt32BigEndian(index[(entry + 5)..]);
                Draw(file.AsSpan((int)offset), ascent, glyphs.AsSpan((int)(character - First) * Lines, Lines));
                found++;
            }
        }

        return found;
    }

    // Width, height, offsets of the lower left corner from the base line, then the bits of all rows without gaps.
    private static void Draw(ReadOnlySpan<byte> glyph, int ascent, Span<byte> target)
    {
        int width = BinaryPrimitives.ReadUInt16BigEndian(glyph);
        int height = BinaryPrimitives.ReadUInt16BigEndian(glyph[2..]);
        int left = BinaryPrimitives.ReadInt16BigEndian(glyph[4..]);
        int top = ascent - height - BinaryPrimitives.ReadInt16BigEndian(glyph[6..]);
        for (int bit = 0; bit < width * height; bit++)
        {
            bool isSet = (glyph[10 + (bit / 8)] & (0x80 >> (bit % 8))) != 0;
            target[top + (bit / width)] |= (byte)(isSet ? 0x80 >> (left + (bit % width)) : 0);
        }
    }
}
