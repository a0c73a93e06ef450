using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>
/// An I/O APIC with 24 pins and an EOI register (version 0x20). Wires carry "asserted", whatever the polarity that a guest writes: the
/// board's MADT tells the true one. ExtINT entries deliver nothing, since the 8259 pair is wired to LINT0 alone.
/// </summary>
/// <source>82093AA data sheet, "Registers"; ICH9 data sheet, "Advanced Programmable Interrupt Controller (APIC)"</source>
public sealed class IoApic : MmioDevice
{
    /// <summary>Guest physical address of the first one.</summary>
    public const ulong BaseAddress = 0xFEC0_0000;

    /// <summary>Size of its range in bytes.</summary>
    public const ulong RangeBytes = 0x1000;

    /// <summary>Interrupt inputs.</summary>
    public const int Pins = 24;

    private const ulong SelectOffset = 0x00;
    private const ulong WindowOffset = 0x10;
    private const ulong EndOfInterruptOffset = 0x40;
    private const uint VersionValue = ((Pins - 1) << 16) | 0x20;
    private const int FirstEntry = 0x10;
    private const ulong EntryLogical = 1UL << 11;
    private const ulong EntryRemoteIrr = 1UL << 14;
    private const ulong EntryLevel = 1UL << 15;
    private const ulong EntryMasked = 1UL << 16;
    private const ulong EntryWritable = 0xFF00_0000_0001_AFFF;

    private readonly ApicBus _bus;
    private readonly ulong[] _entries = new ulong[Pins];
    private byte _select;
    private uint _id;
    private uint _lines;

    /// <summary>An I/O APIC in power-on state that sends its messages over <paramref name="bus"/>.</summary>
    public IoApic(ApicBus bus)
    {
        _bus = bus;
        _ = bus.TryAdd(this); // a board has one or two, the bus takes four
        Reset();
    }

    /// <summary>Power-on state: all pins masked, wires low.</summary>
    public void Reset()
    {
        _select = 0;
        _id = 0;
        _lines = 0;
        for (int pin = 0; pin < Pins; pin++)
        {
            _entries[pin] = EntryMasked;
        }
    }

    /// <summary>Sets the wire at <paramref name="pin"/> (0..23). An edge at a masked pin is lost, as the data sheet says.</summary>
    public void SetInput(int pin, bool asserted)
    {
        if (pin is < 0 or >= Pins)
        {
            return;
        }

        uint bit = 1u << pin;
        bool rises = asserted && (_lines & bit) == 0;
        _lines = asserted ? _lines | bit : _lines & ~bit;
        if (IsLevel(_entries[pin]))
        {
            ServeLevel(pin);
        }
        else if (rises && (_entries[pin] & EntryMasked) == 0)
        {
            _ = Send(_entries[pin]); // an edge that nobody takes is lost
        }
    }

    /// <summary>A local APIC has ended a level-triggered interrupt: pins with that vector whose wire is still asserted ask again.</summary>
    public void EndOfInterrupt(byte vector)
    {
        for (int pin = 0; pin < Pins; pin++)
        {
            ulong entry = _entries[pin];
            if ((byte)entry == vector && (entry & EntryRemoteIrr) != 0)
            {
                _entries[pin] = entry & ~EntryRemoteIrr;
                ServeLevel(pin);
            }
        }
    }

    /// <inheritdoc/>
    public override ulong Read(ulong offset, int sizeBytes) => offset switch
    {
        SelectOffset => _select,
        WindowOffset => ReadRegister(),
        _ => 0,
    };

    /// <inheritdoc/>
    public override void Write(ulong offset, int sizeBytes, ulong value)
    {
        switch (offset)
        {
            case SelectOffset:
                _select = (byte)value;
                break;
            case WindowOffset:
                WriteRegister((uint)value);
                break;
            case EndOfInterruptOffset:
                EndOfInterrupt((byte)value);
                break;
            default:
                break;
        }
    }

    private uint ReadRegister()
    {
        int index = _select - FirstEntry;
        if (index is >= 0 and < Pins * 2)
        {
            ulong entry = _entries[index >> 1];
            return (index & 1) == 0 ? (uint)entry : (uint)(entry >> 32);
        }

        return _select switch
        {
            0 => _id << 24,
            1 => VersionValue,
            2 => _id << 24, // arbitration ID
            _ => 0,
        };
    }

    private void WriteRegister(uint value)
    {
        if (_select == 0)
        {
            _id = (value >> 24) & 0x0F;
            return;
        }

        int index = _select - FirstEntry;
        if (index is < 0 or >= Pins * 2)
        {
            return;
        }

        int pin = index >> 1;
        ulong old = _entries[pin];
        ulong entry = (index & 1) == 0
            ? (old & 0xFFFF_FFFF_0000_0000) | value
            : (old & 0x0000_0000_FFFF_FFFF) | ((ulong)value << 32);
        entry &= EntryWritable;
        if ((entry & EntryLevel) != 0)
        {
            entry |= old & EntryRemoteIrr; // an edge-triggered entry has none
        }

        _entries[pin] = entry;
        ServeLevel(pin);
    }

    private void ServeLevel(int pin)
    {
        ulong entry = _entries[pin];
        bool isAsserted = ((_lines >> pin) & 1) != 0;
        if (isAsserted && IsLevel(entry) && (entry & (EntryMasked | EntryRemoteIrr)) == 0 && Send(entry))
        {
            _entries[pin] = entry | EntryRemoteIrr; // what nobody takes is offered again at the next change
        }
    }

    // NMI, SMI and INIT are edge-triggered whatever the entry says: no EOI ends them.
    private static bool IsLevel(ulong entry) => (entry & EntryLevel) != 0 && ModeOf(entry) is (ApicDeliveryMode.Fixed or ApicDeliveryMode.LowestPriority);

    private static ApicDeliveryMode ModeOf(ulong entry) => (ApicDeliveryMode)((entry >> 8) & 7);

    private bool Send(ulong entry)
    {
        ApicDeliveryMode mode = ModeOf(entry);
        if (mode is ApicDeliveryMode.ExtInt or ApicDeliveryMode.StartUp)
        {
            return false; // ExtINT: see above; start-up is no encoding of an I/O APIC
        }

        bool isLogical = (entry & EntryLogical) != 0;
        uint destination = (uint)(entry >> 56);
        destination = destination == 0xFF && !isLogical ? ApicMessage.Broadcast : destination;
        return _bus.Send(new ApicMessage(mode, (byte)entry, destination, isLogical, IsLevel(entry)));
    }
}
