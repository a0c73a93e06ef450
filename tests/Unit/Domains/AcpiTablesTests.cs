using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using Multicosm.Domains.Loaders;
using Xunit;

namespace Multicosm.Unit.Domains;

/// <summary>Reads the tables as an operating system does: from the RSDP on, by ACPI's offsets.</summary>
public sealed class AcpiTablesTests
{
    private const uint Base = 0xE0000;

    private readonly byte[] _block = new byte[AcpiTables.MaximumBytes];
    private readonly int _length;

    public AcpiTablesTests() => _length = AcpiTables.Write(_block);

    [Fact]
    public void The_root_pointer_has_both_checksums_and_both_roots_name_the_same_tables()
    {
        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(_block, 0, 8));
        Assert.Equal(0, Sum(_block.AsSpan(0, 20)));
        Assert.Equal(0, Sum(_block.AsSpan(0, 36)));
        Assert.Equal(2, _block[15]);
        int rsdt = (int)(Long(16) - Base);
        int xsdt = (int)(BinaryPrimitives.ReadUInt64LittleEndian(_block.AsSpan(24)) - Base);
        Assert.Equal("RSDT", Signature(rsdt));
        Assert.Equal("XSDT", Signature(xsdt));
        Assert.Equal(["FACP", "APIC"], Tables().Where(table => table.Name is not ("RSDT" or "XSDT" or "DSDT")).Select(table => table.Name));
        Assert.Equal(Long(rsdt + 36), Long(xsdt + 36));
        Assert.Equal(Long(rsdt + 40), Long(xsdt + 44));
    }

    [Fact]
    public void Every_table_sums_to_zero_and_ends_inside_the_block()
    {
        foreach ((string name, int offset) in Tables())
        {
            int length = (int)Long(offset + 4);
            Assert.InRange(offset + length, 0, _length);
            Assert.True(Sum(_block.AsSpan(offset, length)) == 0, name);
        }

        Assert.InRange(_length, 500, 0x20000);
    }

    [Fact]
    public void The_fixed_table_describes_the_board_s_ports()
    {
        int fadt = Tables().Single(table => table.Name == "FACP").Offset;
        Assert.Equal(268u, Long(fadt + 4));
        int facs = (int)(Long(fadt + 36) - Base);
        Assert.Equal("FACS", Signature(facs));
        Assert.Equal(0, facs % 64);
        Assert.Equal(64u, Long(facs + 4));
        Assert.Equal(9, BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(fadt + 46)));
        Assert.Equal(0u, Long(fadt + 48)); // no SMI command port: always in ACPI mode
        Assert.Equal(0x600u, Long(fadt + 56));
        Assert.Equal(0x604u, Long(fadt + 64));
        Assert.Equal(0x608u, Long(fadt + 76));
        Assert.Equal(0xAFE0u, Long(fadt + 80));
        Assert.Equal([4, 2, 0, 4, 4], _block[(fadt + 88)..(fadt + 93)].Select(value => (int)value));
        Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(fadt + 109)) & 2); // no 8042
        Assert.NotEqual(0u, Long(fadt + 112) & (1u << 10)); // reset register
        Assert.Equal(0u, Long(fadt + 112) & (1u << 8)); // a 24-bit PM timer
        Assert.Equal(0u, Long(fadt + 112) & (1u << 4)); // a fixed power button
        Assert.Equal([1, 8, 0, 1], _block[(fadt + 116)..(fadt + 120)].Select(value => (int)value));
        Assert.Equal(0xCF9u, Long(fadt + 120));
        Assert.Equal(6, _block[fadt + 128]);
        Assert.Equal(Long(fadt + 40), Long(fadt + 140));
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(_block.AsSpan(fadt + 132))); // or the FACS would be found twice
        Assert.Equal(0x608u, Long(fadt + 208 + 4));
    }

    [Fact]
    public void The_APIC_table_has_a_processor_an_IOAPIC_overrides_and_the_NMI()
    {
        int madt = Tables().Single(table => table.Name == "APIC").Offset;
        int end = madt + (int)Long(madt + 4);
        Assert.Equal(0xFEE00000u, Long(madt + 36));
        Assert.Equal(1u, Long(madt + 40));
        List<byte[]> entries = [];
        for (int at = madt + 44; at < end; at += _block[at + 1])
        {
            Assert.NotEqual(0, _block[at + 1]);
            entries.Add(_block[at..(at + _block[at + 1])]);
        }

        Assert.Equal([0, 8, 0, 0, 1, 0, 0, 0], entries[0]);
        Assert.Equal([1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0], entries[1]);
        Assert.Contains(entries, entry => entry.SequenceEqual(new byte[] { 2, 10, 0, 0, 2, 0, 0, 0, 0, 0 }));
        Assert.Contains(entries, entry => entry.SequenceEqual(new byte[] { 2, 10, 0, 9, 9, 0, 0, 0, 0xD, 0 }));
        Assert.Equal([4, 6, 0xFF, 5, 0, 1], entries[^1]);
    }

    [Fact]
    public void Iasl_reads_every_table_and_compiles_what_it_read_without_complaint()
    {
        string folder = Directory.CreateTempSubdirectory("multicosm-acpi").FullName;
        foreach ((string name, int offset) in Tables())
        {
            string file = Path.Combine(folder, name + ".dat");
            File.WriteAllBytes(file, _block[offset..(offset + (int)Long(offset + 4))]);
            string read = Iasl($"-d {file}");
            Assert.DoesNotContain("Error", read, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Warning", read, StringComparison.OrdinalIgnoreCase);
            string compiled = Iasl($"-we {Path.ChangeExtension(file, ".dsl")}");
            Assert.Contains("0 Errors, 0 Warnings", compiled);
            Assert.True(File.Exists(Path.ChangeExtension(file, ".aml")), compiled);
        }

        Directory.Delete(folder, recursive: true);
    }

    private List<(string Name, int Offset)> Tables()
    {
        int rsdt = (int)(Long(16) - Base);
        int xsdt = (int)(Long(24) - Base);
        List<(string, int)> tables = [("RSDT", rsdt), ("XSDT", xsdt)];
        for (int at = rsdt + 36; at < rsdt + (int)Long(rsdt + 4); at += 4)
        {
            int table = (int)(Long(at) - Base);
            tables.Add((Signature(table), table));
            if (Signature(table) == "FACP")
            {
                tables.Add(("DSDT", (int)(Long(table + 40) - Base)));
            }
        }

        return tables;
    }

    private static string Iasl(string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("iasl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        return sum;
    }

    private uint Long(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(offset));

    private string Signature(int offset) => Encoding.ASCII.GetString(_block, offset, 4);
}
