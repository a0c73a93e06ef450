using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using FsCheck.Xunit;
using Multicosm.Platform.Acpi;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>MADT and FADT as firmware writes them, and as it should not (ACPI 6.5, 5.2.9 and 5.2.12).</summary>
public sealed class AcpiTableTests
{
    [Fact]
    public void TheUsualPcIsRead()
    {
        MultipleApicTable madt = new(Madt(
            [0, 8, 0, 0, 1, 0, 0, 0],
            [0, 8, 1, 1, 1, 0, 0, 0],
            [0, 8, 2, 2, 0, 0, 0, 0], // not enabled
            [1, 12, 4, 0, 0x00, 0x00, 0xC0, 0xFE, 0, 0, 0, 0],
            [2, 10, 0, 0, 2, 0, 0, 0, 0, 0],
            [2, 10, 0, 9, 9, 0, 0, 0, 0xF, 0],
            [4, 6, 0xFF, 0, 0, 1]));
        Assert.Equal(0xFEE00000UL, madt.LocalApicAddress);
        Assert.Equal(2, madt.ProcessorCount);
        Assert.True(madt.TryFindIoApic(4, out ulong address, out uint first));
        Assert.Equal(0xFEC00000UL, address);
        Assert.Equal(0u, first);
        Assert.Equal(2u, madt.GlobalInterrupt(0, out bool level, out bool low));
        Assert.False(level || low);
        Assert.Equal(9u, madt.GlobalInterrupt(9, out level, out low));
        Assert.True(level && low);
        Assert.Equal(4u, madt.GlobalInterrupt(4, out level, out low));
        Assert.False(level || low);
    }

    [Fact]
    public void OfSeveralIoApicsTheRightOneIsFound()
    {
        MultipleApicTable madt = new(Madt(
            [1, 12, 9, 0, 0, 0, 0xC1, 0xFE, 24, 0, 0, 0],
            [1, 12, 8, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0],
            [1, 12, 10, 0, 0, 0, 0xC2, 0xFE, 48, 0, 0, 0],
            [9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])); // an x2APIC processor
        Assert.Equal(1, madt.ProcessorCount);
        Check(madt, 23, 0xFEC00000, 0);
        Check(madt, 24, 0xFEC10000, 24);
        Check(madt, 47, 0xFEC10000, 24);
        Check(madt, 4000, 0xFEC20000, 48);
    }

    [Fact]
    public void WithoutATableTheTraditionalAddressStands()
    {
        MultipleApicTable madt = new([]);
        Assert.Equal(0xFEE00000UL, madt.LocalApicAddress);
        Assert.Equal(0, madt.ProcessorCount);
        Assert.False(madt.TryFindIoApic(0, out _, out _));
        Assert.Equal(7u, madt.GlobalInterrupt(7, out _, out _));
    }

    [Theory]
    [InlineData(0)] // would never end
    [InlineData(1)]
    [InlineData(200)] // beyond the table
    public void AnEntryOfAWrongLengthEndsTheTable(byte length)
    {
        MultipleApicTable madt = new(Madt([0, 8, 0, 0, 1, 0, 0, 0], [5, length, 0, 0], [0, 8, 1, 1, 1, 0, 0, 0]));
        Assert.Equal(1, madt.ProcessorCount);
    }

    [Fact]
    public void AnEntryOfOneByteIsNotTheStartOfAnother()
    {
        MultipleApicTable madt = new(Madt([5, 1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0])); // from its second byte on it looks like an I/O APIC
        Assert.False(madt.TryFindIoApic(100, out _, out _));
    }

    [Property(MaxTest = 2000)]
    public void AnyBytesAreAMadt(byte[] bytes, byte irq, uint gsi)
    {
        MultipleApicTable madt = new(bytes);
        madt.TryFindIoApic(gsi, out _, out _);
        madt.GlobalInterrupt(irq, out _, out _);
        byte[] framed = new byte[44 + bytes.Length]; // so that the entries are hostile too
        bytes.CopyTo(framed, 44);
        madt = new MultipleApicTable(framed);
        bool found = madt.TryFindIoApic(gsi, out _, out uint first);
        Assert.True(!found || first <= gsi);
        Assert.InRange(madt.ProcessorCount, 0, bytes.Length / 8);
        madt.GlobalInterrupt(irq, out _, out _);
    }

    [Fact]
    public void AFadtOfRevision1IsRead()
    {
        byte[] table = new byte[116];
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(40), 0x0FFF_1234);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(48), 0xB2);
        table[52] = 0xF1;
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(64), 0xB004);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(76), 0xB008);
        table[108] = 0x32;
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(112), (1 << 8) | (1 << 10));
        FixedDescriptionTable fadt = new(table);
        Assert.Equal(0x0FFF_1234UL, fadt.Dsdt);
        Assert.Equal(0xB2, fadt.SmiCommandPort);
        Assert.Equal(0xF1, fadt.AcpiEnable);
        Assert.Equal(0xB004, fadt.Pm1aControl);
        Assert.Equal(0, fadt.Pm1bControl);
        Assert.Equal(0xB008, fadt.PmTimerPort);
        Assert.Equal(0x32, fadt.CenturyRegister);
        Assert.Equal(0, fadt.ResetPort); // the flag is set but the register is not in the table
    }

    [Fact]
    public void AFadtOfRevision3HasWideFields()
    {
        byte[] table = new byte[244];
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(40), 0x1111);
        BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(140), 0x1_2345_6789);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(112), 1 << 10);
        table[116] = 1; // I/O space
        BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(120), 0xCF9);
        table[128] = 0xF;
        FixedDescriptionTable fadt = new(table);
        Assert.Equal(0x1_2345_6789UL, fadt.Dsdt);
        Assert.Equal(0xCF9, fadt.ResetPort);
        Assert.Equal(0xF, fadt.ResetValue);
        table[116] = 0; // in memory: not used
        Assert.Equal(0, new FixedDescriptionTable(table).ResetPort);
    }

    [Fact]
    public void PortsThatOnlyTheWideFieldsNameAreFound()
    {
        byte[] table = new byte[244];
        Extended(table, 172, 1, 0x1804); // PM1a control
        Extended(table, 184, 0, 0xFED0_0000); // PM1b control in memory: not used
        Extended(table, 208, 1, 0x1808); // PM timer
        FixedDescriptionTable fadt = new(table);
        Assert.Equal(0x1804, fadt.Pm1aControl);
        Assert.Equal(0, fadt.Pm1bControl);
        Assert.Equal(0x1808, fadt.PmTimerPort);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(76), 0x608);
        Assert.Equal(0x608, new FixedDescriptionTable(table).PmTimerPort);
    }

    private static void Extended(byte[] table, int offset, byte space, ulong address)
    {
        table[offset] = space;
        BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(offset + 4), address);
    }

    [Property(MaxTest = 1000)]
    public void AnyBytesAreAFadt(byte[] bytes) => Assert.NotNull(new FixedDescriptionTable(bytes));

    private static void Check(MultipleApicTable madt, uint gsi, ulong address, uint first)
    {
        Assert.True(madt.TryFindIoApic(gsi, out ulong found, out uint foundFirst));
        Assert.Equal(address, found);
        Assert.Equal(first, foundFirst);
    }

    private static byte[] Madt(params byte[][] entries)
    {
        List<byte> table = [.. "APIC"u8, .. new byte[32], 0, 0, 0xE0, 0xFE, 1, 0, 0, 0];
        foreach (byte[] entry in entries)
        {
            table.AddRange(entry);
        }

        return [.. table];
    }
}
