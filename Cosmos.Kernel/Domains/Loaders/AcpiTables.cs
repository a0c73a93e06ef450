using System;
using System.Buffers.Binary;
using Multicosm.Devices.Apic;
using Multicosm.Devices.Legacy;

namespace Multicosm.Domains.Loaders;

/// <summary>The ACPI tables of a domain's board, laid out in one block of guest memory.</summary>
/// <source>ACPI Specification 5.0, "ACPI Software Programming Model"</source>
public static class AcpiTables
{
    /// <summary>Where the block lies in the guest: the RSDP comes first, on the paragraph where older kernels search for it.</summary>
    public const uint Address = 0xE0000;

    /// <summary>More than the block needs.</summary>
    public const int MaximumBytes = 8192;

    private const int HeaderBytes = 36;
    private const int RsdpBytes = 36;
    private const int FacsOffset = 64; // 64-byte aligned
    private const int FacsBytes = 64;
    private const int FadtBytes = 268; // revision 5
    private const byte AlwaysIo = 1;
    private const ushort ConformsToBus = 0;
    private const ushort ActiveHighLevel = 0xD;
    private const byte ActiveHighEdge = 0x5;

    /// <summary>Writes the tables into <paramref name="block"/> (<see cref="MaximumBytes"/> long); returns how many bytes they take.</summary>
    public static int Write(Span<byte> block)
    {
        block.Clear();
        WriteFacs(block.Slice(FacsOffset, FacsBytes));
        int end = FacsOffset + FacsBytes;
        int dsdt = end;
        Dsdt.Aml.CopyTo(block[dsdt..]);
        end = Align(dsdt + Dsdt.Aml.Length);
        int fadt = end;
        WriteFadt(block.Slice(fadt, FadtBytes), Address + (uint)dsdt);
        end = Align(fadt + FadtBytes);
        int madt = end;
        end = Align(madt + WriteMadt(block[madt..]));
        int rsdt = end;
        end = Align(rsdt + WriteRoot(block[rsdt..], "RSDT"u8, 4, fadt, madt));
        int xsdt = end;
        end = Align(xsdt + WriteRoot(block[xsdt..], "XSDT"u8, 8, fadt, madt));
        WriteRsdp(block[..RsdpBytes], Address + (uint)rsdt, Address + (uint)xsdt);
        return end;
    }

    private static int Align(int offset) => (offset + 15) & ~15;

    private static void WriteRsdp(Span<byte> table, uint rsdt, uint xsdt)
    {
        "RSD PTR "u8.CopyTo(table);
        "MCOSM "u8.CopyTo(table[9..]);
        table[15] = 2;
        Put32(table, 16, rsdt);
        Put32(table, 20, RsdpBytes);
        Put64(table, 24, xsdt);
        table[8] = Checksum(table[..20]);
        table[32] = Checksum(table);
    }

    private static void WriteFacs(Span<byte> table)
    {
        "FACS"u8.CopyTo(table);
        Put32(table, 4, FacsBytes);
        table[32] = 2; // version; no checksum
    }

    private static void WriteFadt(Span<byte> table, uint dsdt)
    {
        BeginTable(table, "FACP"u8, FadtBytes, 5);
        Put32(table, 36, Address + FacsOffset);
        Put32(table, 40, dsdt);
        table[45] = 1; // preferred profile: desktop
        Put16(table, 46, AcpiPm.SciIrq);
        Put32(table, 56, AcpiPm.PmBase); // PM1a events; SMI_CMD stays 0: always in ACPI mode
        Put32(table, 64, AcpiPm.ControlPort);
        Put32(table, 76, AcpiPm.TimerPort);
        Put32(table, 80, AcpiPm.GpeBase);
        table[88] = 4; // lengths of PM1 events, PM1 control, PM timer, GPE0
        table[89] = 2;
        table[91] = 4;
        table[92] = AcpiPm.GpeLength;
        Put16(table, 96, 0xFFFF); // no C2
        Put16(table, 98, 0xFFFF); // no C3
        table[108] = RtcCmos.CenturyIndex;
        Put16(table, 109, 0x0005); // legacy devices on the board, no 8042, no VGA
        Put32(table, 112, FadtFlags);
        WriteAddress(table[116..], ResetPorts.ResetControlPort, 8, 1);
        table[128] = ResetPorts.ResetValue;
        Put64(table, 140, dsdt); // the 64-bit FACS address stays 0: a second one would be a second FACS
        WriteAddress(table[148..], AcpiPm.PmBase, 32, 2);
        WriteAddress(table[172..], AcpiPm.ControlPort, 16, 2);
        WriteAddress(table[208..], AcpiPm.TimerPort, 32, 3);
        WriteAddress(table[220..], AcpiPm.GpeBase, AcpiPm.GpeLength * 8, 1);
        EndTable(table);
    }

    // WBINVD works (0), C1 on all processors (2), a fixed power button (4 is 0), no fixed sleep button (5), no fixed RTC wake-up (6),
    // reset register (10). The PM timer has 24 bits.
    private const uint FadtFlags = (1u << 0) | (1u << 2) | (1u << 5) | (1u << 6) | (1u << 10);

    private static void WriteAddress(Span<byte> field, uint port, int bits, int accessSize)
    {
        field[0] = AlwaysIo;
        field[1] = (byte)bits;
        field[3] = (byte)accessSize;
        Put64(field, 4, port);
    }

    private static int WriteMadt(Span<byte> block)
    {
        int end = HeaderBytes;
        Put32(block, end, (uint)LocalApic.BaseAddress);
        Put32(block, end + 4, 1); // a pair of 8259s is there too
        end += 8;
        end += Append(block[end..], [0, 8, 0, 0, 1, 0, 0, 0]); // processor 0, APIC id 0, enabled
        Span<byte> ioApic = block[end..];
        end += Append(ioApic, [1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // I/O APIC 0, lines from 0
        Put32(ioApic, 4, (uint)IoApic.BaseAddress);
        end += WriteOverride(block[end..], 0, 2, ConformsToBus); // the timer's IRQ 0 is wired to pin 2
        end += WriteOverride(block[end..], 5, 5, ActiveHighLevel); // PCI lines
        end += WriteOverride(block[end..], AcpiPm.SciIrq, AcpiPm.SciIrq, ActiveHighLevel);
        end += WriteOverride(block[end..], 10, 10, ActiveHighLevel);
        end += WriteOverride(block[end..], 11, 11, ActiveHighLevel);
        end += Append(block[end..], [4, 6, 0xFF, ActiveHighEdge, 0, 1]); // NMI on LINT1 of every processor
        BeginTable(block[..end], "APIC"u8, end, 3);
        EndTable(block[..end]);
        return end;
    }

    private static int WriteOverride(Span<byte> block, int irq, uint line, ushort flags)
    {
        int length = Append(block, [2, 10, 0, (byte)irq, 0, 0, 0, 0, 0, 0]);
        Put32(block, 4, line);
        Put16(block, 8, flags);
        return length;
    }

    private static int WriteRoot(Span<byte> block, ReadOnlySpan<byte> signature, int pointerBytes, int fadt, int madt)
    {
        int length = HeaderBytes + (2 * pointerBytes);
        Put32(block, HeaderBytes, Address + (uint)fadt);
        Put32(block, HeaderBytes + pointerBytes, Address + (uint)madt);
        BeginTable(block[..length], signature, length, 1);
        EndTable(block[..length]);
        return length;
    }

    private static int Append(Span<byte> block, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(block);
        return bytes.Length;
    }

    private static void BeginTable(Span<byte> table, ReadOnlySpan<byte> signature, int length, byte revision)
    {
        signature.CopyTo(table);
        Put32(table, 4, (uint)length);
        table[8] = revision;
        "MCOSM "u8.CopyTo(table[10..]);
        "MCBOARD "u8.CopyTo(table[16..]);
        Put32(table, 24, 1);
        "MCSM"u8.CopyTo(table[28..]);
        Put32(table, 32, 1);
    }

    private static void EndTable(Span<byte> table) => table[9] = Checksum(table);

    private static byte Checksum(ReadOnlySpan<byte> table)
    {
        byte sum = 0;
        for (int i = 0; i < table.Length; i++)
        {
            sum = unchecked((byte)(sum + table[i]));
        }

        return unchecked((byte)-sum);
    }

    private static void Put16(Span<byte> table, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(table[offset..], value);

    private static void Put32(Span<byte> table, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(table[offset..], value);

    private static void Put64(Span<byte> table, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(table[offset..], value);
}
