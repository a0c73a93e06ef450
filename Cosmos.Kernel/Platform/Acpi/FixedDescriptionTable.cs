using System;
using System.Buffers.Binary;

namespace Multicosm.Platform.Acpi;

/// <summary>The FADT fields that the host uses.</summary>
/// <source>ACPI Specification, "Fixed ACPI Description Table (FADT)"</source>
public sealed class FixedDescriptionTable
{
    private const byte InputOutputSpace = 1;

    /// <summary>Reads a FADT of any revision; missing fields are 0.</summary>
    public FixedDescriptionTable(ReadOnlySpan<byte> table)
    {
        ulong wideDsdt = Wide(table, 140);
        Dsdt = wideDsdt != 0 ? wideDsdt : Word(table, 40);
        SmiCommandPort = (ushort)Word(table, 48);
        AcpiEnable = Octet(table, 52);
        Pm1aControl = Port(table, 64, 172);
        Pm1bControl = Port(table, 68, 184);
        PmTimerPort = Port(table, 76, 208);
        CenturyRegister = Octet(table, 108);
        uint flags = Word(table, 112);
        bool hasReset = (flags & (1 << 10)) != 0 && Octet(table, 116) == InputOutputSpace;
        ResetPort = hasReset ? (ushort)Wide(table, 120) : (ushort)0;
        ResetValue = Octet(table, 128);
    }

    /// <summary>Physical address of the DSDT.</summary>
    public ulong Dsdt { get; }

    /// <summary>SMI command port and the value that switches ACPI on, or 0.</summary>
    public ushort SmiCommandPort { get; }

    /// <summary>Value for <see cref="SmiCommandPort"/>.</summary>
    public byte AcpiEnable { get; }

    /// <summary>PM1a and PM1b control ports, or 0.</summary>
    public ushort Pm1aControl { get; }

    /// <summary>PM1b control port, or 0.</summary>
    public ushort Pm1bControl { get; }

    /// <summary>PM timer port, or 0. Of its 24 or 32 bits the lower 24 are enough for the host.</summary>
    public ushort PmTimerPort { get; }

    /// <summary>CMOS register of the century, or 0.</summary>
    public byte CenturyRegister { get; }

    /// <summary>I/O port of the reset register, or 0.</summary>
    public ushort ResetPort { get; }

    /// <summary>Value for <see cref="ResetPort"/>.</summary>
    public byte ResetValue { get; }

    // The block's old field holds an I/O port; where it is empty, the generic address of the newer field may name one.
    private static ushort Port(ReadOnlySpan<byte> table, int offset, int extendedOffset)
    {
        uint port = Word(table, offset);
        return port != 0 || Octet(table, extendedOffset) != InputOutputSpace ? (ushort)port : (ushort)Wide(table, extendedOffset + 4);
    }

    private static byte Octet(ReadOnlySpan<byte> table, int offset) => offset < table.Length ? table[offset] : (byte)0;

    private static uint Word(ReadOnlySpan<byte> table, int offset) =>
        offset + 4 <= table.Length ? BinaryPrimitives.ReadUInt32LittleEndian(table[offset..]) : 0;

    private static ulong Wide(ReadOnlySpan<byte> table, int offset) =>
        offset + 8 <= table.Length ? BinaryPrimitives.ReadUInt64LittleEndian(table[offset..]) : 0;
}
