using System;
using System.Buffers.Binary;

namespace Multicosm.Platform.Acpi;

/// <summary>The MADT: local APICs, I/O APICs and where ISA interrupts arrive.</summary>
/// <source>ACPI Specification, "Multiple APIC Description Table (MADT)"</source>
public sealed class MultipleApicTable
{
    private readonly byte[] _entries;

    /// <summary>Keeps a copy of the table's entries.</summary>
    public MultipleApicTable(ReadOnlySpan<byte> table)
    {
        LocalApicAddress = table.Length >= 40 ? BinaryPrimitives.ReadUInt32LittleEndian(table[36..]) : 0xFEE00000;
        _entries = table.Length > 44 ? table[44..].ToArray() : [];
        for (int at = 0; TryEntry(at, out ReadOnlySpan<byte> entry); at += entry.Length)
        {
            bool enabled = (entry[0] == 0 && entry.Length >= 8 && (entry[4] & 1) != 0) || (entry[0] == 9 && entry.Length >= 16 && (entry[8] & 1) != 0);
            ProcessorCount += enabled ? 1 : 0;
        }
    }

    /// <summary>Physical address of the local APICs.</summary>
    public ulong LocalApicAddress { get; }

    /// <summary>Processors that are enabled.</summary>
    public int ProcessorCount { get; }

    /// <summary>The I/O APIC that serves global interrupt <paramref name="gsi"/>: the one with the highest base that is not above it.</summary>
    public bool TryFindIoApic(uint gsi, out ulong address, out uint gsiBase)
    {
        bool found = false;
        address = 0;
        gsiBase = 0;
        for (int at = 0; TryEntry(at, out ReadOnlySpan<byte> entry); at += entry.Length)
        {
            if (entry[0] == 1 && entry.Length >= 12)
            {
                uint first = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
                if (first <= gsi && (!found || first >= gsiBase))
                {
                    found = true;
                    gsiBase = first;
                    address = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
                }
            }
        }

        return found;
    }

    /// <summary>Where ISA interrupt <paramref name="irq"/> arrives and how it is signalled; by default gsi = irq, edge, active high.</summary>
    public uint GlobalInterrupt(byte irq, out bool level, out bool activeLow)
    {
        level = false;
        activeLow = false;
        for (int at = 0; TryEntry(at, out ReadOnlySpan<byte> entry); at += entry.Length)
        {
            if (entry[0] == 2 && entry.Length >= 10 && entry[3] == irq)
            {
                activeLow = (entry[8] & 3) == 3;
                level = (entry[8] >> 2 & 3) == 3;
                return BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
            }
        }

        return irq;
    }

    private bool TryEntry(int at, out ReadOnlySpan<byte> entry)
    {
        entry = default;
        if (at + 2 > _entries.Length || _entries[at + 1] < 2 || at + _entries[at + 1] > _entries.Length)
        {
            return false;
        }

        entry = new ReadOnlySpan<byte>(_entries, at, _entries[at + 1]);
        return true;
    }
}
