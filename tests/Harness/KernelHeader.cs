using System;
using System.Buffers.Binary;
using System.IO;

namespace Multicosm.Harness;

/// <summary>The multiboot2 header of a kernel file, to make variants of it.</summary>
public static class KernelHeader
{
    private const uint Magic = 0xE85250D6;
    private const ushort Relocatable = 10;
    private const uint AsHighAsPossible = 2;

    /// <summary>Copies <paramref name="kernel"/> to <paramref name="output"/>; the copy asks the boot loader for the highest address that there is.</summary>
    public static void WriteHighVariant(string kernel, string output)
    {
        byte[] file = File.ReadAllBytes(kernel);
        int header = file.AsSpan(0, 32 * 1024).IndexOf(BitConverter.GetBytes(Magic));
        int end = header + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(header + 8));
        for (int tag = header + 16; tag < end; tag += (BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(tag + 4)) + 7) & ~7)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(tag)) == Relocatable)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(tag + 20), AsHighAsPossible);
                File.WriteAllBytes(output, file);
                return;
            }
        }

        throw new InvalidDataException(kernel + ": its header does not say that it can be moved");
    }
}
