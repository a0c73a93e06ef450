using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Memory;

namespace Multicosm.Platform.Acpi;

/// <summary>What the host needs from the firmware's ACPI tables: interrupt controllers, the PM timer, power-off and reset.</summary>
/// <source>ACPI Specification, "ACPI Software Programming Model"</source>
public sealed unsafe class AcpiTables
{
    private const int HeaderBytes = 36;
    private const int MaximumTableBytes = 4 << 20;
    private readonly MmioWindow _window;
    private readonly ulong _physicalEnd;

    /// <summary>Reads the tables that the loader's RSDP leads to. Without any, the PC's traditional addresses stand.</summary>
    public AcpiTables(MmioWindow window, HostLog log)
    {
        _window = window;
        _physicalEnd = HostCpuid.PhysicalAddressEnd;
        ReadOnlySpan<byte> rsdp = BootInformation.Rsdp;
        if (rsdp.IsEmpty)
        {
            log.At(LogLevel.Warning).WriteLine("ACPI: the boot loader found no RSDP"u8);
            return;
        }

        Revision = rsdp[15];
        bool extended = Revision >= 2 && rsdp.Length >= 36 && BinaryPrimitives.ReadUInt64LittleEndian(rsdp[24..]) != 0;
        IsExtended = extended;
        ulong root = extended ? BinaryPrimitives.ReadUInt64LittleEndian(rsdp[24..]) : BinaryPrimitives.ReadUInt32LittleEndian(rsdp[16..]);
        ReadOnlySpan<byte> directory = Table(root);
        int entryBytes = extended ? 8 : 4;
        log.Write(extended ? "ACPI: XSDT"u8 : "ACPI: RSDT"u8);
        for (int offset = HeaderBytes; offset + entryBytes <= directory.Length; offset += entryBytes)
        {
            ulong address = extended
                ? BinaryPrimitives.ReadUInt64LittleEndian(directory[offset..])
                : BinaryPrimitives.ReadUInt32LittleEndian(directory[offset..]);
            ReadOnlySpan<byte> table = Table(address);
            if (table.Length >= HeaderBytes)
            {
                log.Write(" "u8);
                log.Write(table[..4]);
                Read(table);
            }
        }

        log.WriteLine(""u8);
        log.Write("ACPI: PM1a control port 0x"u8);
        log.WriteHex(Fadt.Pm1aControl, 4);
        log.WriteLine(SleepTypeA < 0 ? ", no S5"u8 : ", S5 known"u8);
    }

    /// <summary>Revision in the RSDP: 0 is ACPI 1.0, 2 is 2.0 and later.</summary>
    public byte Revision { get; }

    /// <summary>True if the tables were found through an XSDT, false for an RSDT or none.</summary>
    public bool IsExtended { get; }

    /// <summary>Interrupt controllers.</summary>
    public MultipleApicTable Madt { get; private set; } = new([]);

    /// <summary>Fixed hardware.</summary>
    public FixedDescriptionTable Fadt { get; private set; } = new([]);

    /// <summary>SLP_TYP values of \_S5 for PM1a and PM1b; -1 if the DSDT has none.</summary>
    public int SleepTypeA { get; private set; } = -1;

    /// <summary>SLP_TYP for PM1b.</summary>
    public int SleepTypeB { get; private set; } = -1;

    /// <summary>CMOS register of the century, or 0.</summary>
    public byte CenturyRegister => Fadt.CenturyRegister;

    private void Read(ReadOnlySpan<byte> table)
    {
        if (table.StartsWith("APIC"u8))
        {
            Madt = new MultipleApicTable(table);
        }
        else if (table.StartsWith("FACP"u8))
        {
            Fadt = new FixedDescriptionTable(table);
            ReadSleepTypes(Table(Fadt.Dsdt));
        }
    }

    // \_S5 is a package of small integers: find its name, then read the two first elements. A whole AML interpreter would serve nothing else.
    private void ReadSleepTypes(ReadOnlySpan<byte> dsdt)
    {
        int name = dsdt.IndexOf("_S5_\x12"u8);
        if (name < 0 || name + 5 >= dsdt.Length)
        {
            return;
        }

        int at = name + 5;
        at += 1 + (dsdt[at] >> 6); // package length
        at++; // element count
        SleepTypeA = Integer(dsdt, ref at);
        SleepTypeB = Integer(dsdt, ref at);
    }

    private static int Integer(ReadOnlySpan<byte> aml, ref int at)
    {
        byte prefix = at < aml.Length ? aml[at++] : (byte)0xFF;
        return prefix switch
        {
            0 or 1 => prefix,
            0x0A when at < aml.Length => aml[at++],
            _ => -1,
        };
    }

    // A table may lie outside what the memory map calls ACPI: then it gets a window of its own.
    private ReadOnlySpan<byte> Table(ulong physical)
    {
        byte* header = physical == 0 ? null : Show(physical, HeaderBytes);
        if (header == null)
        {
            return default;
        }

        uint length = *(uint*)(header + 4);
        if (length is < HeaderBytes or > MaximumTableBytes)
        {
            return default;
        }

        byte* table = Show(physical, length);
        return table == null ? default : new ReadOnlySpan<byte>(table, (int)length);
    }

    private byte* Show(ulong physical, uint bytes)
    {
        if (physical >= _physicalEnd || bytes > _physicalEnd - physical)
        {
            return null; // no such address: the table that led here is damaged
        }

        return HostMemory.IsDirectMapped(physical, bytes) ? DirectMap.Pointer(physical) : _window.Map(physical, bytes);
    }
}
