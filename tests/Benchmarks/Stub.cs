using System;
using System.Buffers.Binary;

namespace Multicosm.Benchmarks;

/// <summary>
/// Turns a kernel into one that does nothing but tell when it was entered: what firmware and boot loader did before is then the same to
/// the tick, since not a byte that they look at differs. It writes the mark and the low half of the TSC to COM1, and then spins.
/// </summary>
public static class Stub
{
    /// <summary>The byte that it writes first.</summary>
    public const byte Mark = (byte)'S';

    /// <summary>Instructions from the one that reads the TSC to the one that writes the mark.</summary>
    public const uint TicksFromTscToMark = 4;

    private const int SetupSectors = 0x1F1;
    private const int SectorBytes = 512;
    private const int ElfEntry = 24;
    private const int ElfHeaders = 32;
    private const int ElfHeaderBytes = 54;
    private const int ElfHeaderCount = 56;
    private const uint Loadable = 1;

    // 32-bit code: rdtsc; mov dx, 3F8h; mov ebx, eax; mov al, 'S'; out dx, al; the four bytes of ebx; jmp $ (HLT would stop Bochs' time)
    private static readonly byte[] s_code =
    [
        0x0F, 0x31, 0x66, 0xBA, 0xF8, 0x03, 0x89, 0xC3, 0xB0, Mark, 0xEE,
        0x88, 0xD8, 0xEE, 0xC1, 0xEB, 0x08, 0x88, 0xD8, 0xEE, 0xC1, 0xEB, 0x08, 0x88, 0xD8, 0xEE, 0xC1, 0xEB, 0x08, 0x88, 0xD8, 0xEE,
        0xEB, 0xFE,
    ];

    /// <summary>A bzImage with the stub at its 32-bit entry point.</summary>
    /// <source>Linux Documentation, "32-bit Boot Protocol"</source>
    public static byte[] OfLinux(ReadOnlySpan<byte> image)
    {
        byte[] stub = image.ToArray();
        s_code.CopyTo(stub, (image[SetupSectors] + 1) * SectorBytes);
        return stub;
    }

    /// <summary>A 64-bit ELF image, entered at a physical address, with the stub there.</summary>
    public static byte[] OfElf(ReadOnlySpan<byte> image)
    {
        byte[] stub = image.ToArray();
        ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(image[ElfEntry..]);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(image[ElfHeaders..]);
        int bytes = BinaryPrimitives.ReadUInt16LittleEndian(image[ElfHeaderBytes..]);
        for (int i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(image[ElfHeaderCount..]); i++, header += bytes)
        {
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(image[(header + 8)..]);
            ulong physical = BinaryPrimitives.ReadUInt64LittleEndian(image[(header + 24)..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(image[(header + 32)..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(image[header..]) == Loadable && entry >= physical && entry - physical < length)
            {
                s_code.CopyTo(stub, (int)(offset + (entry - physical)));
                return stub;
            }
        }

        throw new ArgumentException("its entry point is in none of its segments", nameof(image));
    }
}
