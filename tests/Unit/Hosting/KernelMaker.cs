using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;

namespace Multicosm.Unit.Hosting;

/// <summary>Makes small kernels: ELF files, and bzImages around them.</summary>
internal static class KernelMaker
{
    /// <summary>Where <see cref="BzImage"/> puts the payload.</summary>
    public const int PayloadOffset = 1024 + 16;

    private const int HeaderBytes = 64;
    private const int SegmentBytes = 56;

    /// <summary>A note as it stands in a file.</summary>
    public static byte[] Note(string name, uint type, params byte[] content)
    {
        byte[] note = new byte[12 + ((name.Length + 1 + 3) & ~3) + ((content.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32LittleEndian(note, name.Length + 1);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(8), type);
        for (int i = 0; i < name.Length; i++)
        {
            note[12 + i] = (byte)name[i];
        }

        content.CopyTo(note, 12 + ((name.Length + 1 + 3) & ~3));
        return note;
    }

    /// <summary>An ELF file with one segment, "code" and many zeros, the notes outside of it, and one section called .notes, or as said.</summary>
    public static byte[] Elf(byte[] notes, string section = ".notes")
    {
        byte[] code = new byte[0x3000];
        "code"u8.CopyTo(code);
        int notesAt = 0x1000 + code.Length;
        byte[] names = [0, .. System.Text.Encoding.ASCII.GetBytes(section), 0];
        int namesAt = notesAt + notes.Length;
        int sectionsAt = (namesAt + names.Length + 7) & ~7;
        byte[] file = new byte[sectionsAt + 128];
        byte[] magic = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        magic.CopyTo(file, 0);
        file[16] = 2;
        file[18] = 62;
        Put(file, 24, 0x1000100);
        Put(file, 32, HeaderBytes);
        Put(file, 40, (ulong)sectionsAt);
        file[52] = HeaderBytes;
        file[54] = SegmentBytes;
        file[56] = 2;
        file[58] = 64;
        file[60] = 2;
        file[62] = 1;
        Segment(file, 0, 1, 0x1000, 0xFFFFFFFF81000000, 0x1000000, code.Length, 0x5000);
        Segment(file, 1, 4, notesAt, 0xFFFFFFFF81002000, 0x1002000, notes.Length, notes.Length);
        code.CopyTo(file, 0x1000);
        notes.CopyTo(file, notesAt);
        names.CopyTo(file, namesAt);
        file[sectionsAt] = 1;
        Put(file, sectionsAt + 64 + 24, (ulong)namesAt);
        Put(file, sectionsAt + 64 + 32, (ulong)names.Length);
        return file;
    }

    /// <summary>A bzImage of boot protocol 2.15 with this payload.</summary>
    public static byte[] BzImage(byte[] payload)
    {
        int units = (16 + payload.Length + 15) / 16;
        byte[] kernel = new byte[1024 + (units * 16)];
        kernel[0x1F1] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(kernel.AsSpan(0x1F4), units);
        kernel[0x1FE] = 0x55;
        kernel[0x1FF] = 0xAA;
        kernel[0x201] = 0x6A;
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        kernel[0x206] = 15;
        kernel[0x207] = 2;
        kernel[0x211] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(kernel.AsSpan(0x248), 16);
        BinaryPrimitives.WriteInt32LittleEndian(kernel.AsSpan(0x24C), payload.Length);
        kernel[0x25B] = 1; // wants to be at 16 MiB
        payload.CopyTo(kernel, PayloadOffset);
        return kernel;
    }

    /// <summary>What <paramref name="program"/> makes of <paramref name="data"/>, with the length behind it as Linux' build puts it, but for gzip.</summary>
    public static byte[] Pack(string program, string arguments, byte[] data)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(data);
        process.StandardInput.Close();
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        if (program != "gzip")
        {
            output.Write(BitConverter.GetBytes(data.Length));
        }

        return output.ToArray();
    }

    private static void Segment(byte[] file, int index, byte type, int offset, ulong address, ulong physical, int length, int memory)
    {
        int at = HeaderBytes + (index * SegmentBytes);
        file[at] = type;
        List<ulong> values = [(ulong)offset, address, physical, (ulong)length, (ulong)memory];
        for (int i = 0; i < values.Count; i++)
        {
            Put(file, at + 8 + (8 * i), values[i]);
        }
    }

    private static void Put(byte[] file, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(offset), value);
}
