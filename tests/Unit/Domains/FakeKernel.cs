using System;
using System.Buffers.Binary;

namespace Multicosm.Unit.Domains;

/// <summary>Makes bzImages by the boot protocol's document.</summary>
internal static class FakeKernel
{
    public const int SetupSectors = 3;
    public const int KernelOffset = (SetupSectors + 1) * 512;

    public static byte[] Make(int kernelBytes = 100_000, ulong preferred = 0x1000000, uint initSize = 0x800000, int version = 0x020F)
    {
        int paragraphs = (kernelBytes + 15) / 16;
        byte[] file = new byte[KernelOffset + (paragraphs * 16)];
        for (int i = KernelOffset; i < file.Length; i++)
        {
            file[i] = (byte)(i * 31);
        }

        file[0x1F1] = SetupSectors;
        Put32(file, 0x1F4, (uint)paragraphs);
        file[0x1FE] = 0x55;
        file[0x1FF] = 0xAA;
        file[0x200] = 0xEB;
        file[0x201] = 0x6A; // the header ends at 0x26C
        "HdrS"u8.CopyTo(file.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(0x206), (ushort)version);
        file[0x211] = 1; // loaded high
        Put32(file, 0x214, 0x100000);
        Put32(file, 0x22C, 0x7FFFFFFF); // initrd_addr_max
        Put32(file, 0x230, 0x200000); // kernel_alignment
        file[0x234] = 1; // relocatable
        Put32(file, 0x238, 2047); // cmdline_size
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(0x258), preferred);
        Put32(file, 0x260, initSize);
        return file;
    }

    public static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static void Put32(byte[] file, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(offset), value);
}
