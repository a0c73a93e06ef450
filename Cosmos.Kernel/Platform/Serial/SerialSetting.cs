using System;
using System.Buffers.Text;

namespace Multicosm.Platform.Serial;

/// <summary>Which UART the operator's serial line is, and its rate: the value of the option serial=.</summary>
public struct SerialSetting
{
    /// <summary>COM1 and COM2, where every PC has them if it has them.</summary>
    public const ushort Com1 = 0x3F8;

    /// <summary>COM2.</summary>
    public const ushort Com2 = 0x2F8;

    private const uint ClockBaud = 115200;

    /// <summary>I/O port of the first register; 0 for a PCI card, whose base address register tells.</summary>
    public ushort Port;

    /// <summary>115,200 divided by the rate.</summary>
    public ushort Divisor;

    /// <summary>True if the card at <see cref="Bus"/>, <see cref="Device"/> and <see cref="Function"/> is meant, not the first one.</summary>
    public bool HasLocation;

    /// <summary>Where the PCI card is.</summary>
    public byte Bus, Device, Function;

    /// <summary>COM1 with 115,200 baud.</summary>
    public static SerialSetting Default => new() { Port = Com1, Divisor = 1 };

    /// <summary>True for a PCI card.</summary>
    public readonly bool IsPci => Port == 0;

    /// <summary>Bits a second.</summary>
    public readonly uint Baud => ClockBaud / Divisor;

    /// <summary>The ISA interrupt of the ports that have one everywhere; 0 for others, which must be polled.</summary>
    public static byte IrqOf(ushort port) => port switch
    {
        Com1 => 4,
        Com2 => 3,
        _ => 0,
    };

    /// <summary>Reads com1|com2|0xPORT|pci[:BB:DD.F][,BAUD]; false, and <paramref name="setting"/> unchanged, if it is something else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, ref SerialSetting setting)
    {
        int comma = text.IndexOf((byte)',');
        SerialSetting read = Default;
        bool good = read.TryReadPlace(comma < 0 ? text : text[..comma]) && (comma < 0 || read.TryReadBaud(text[(comma + 1)..]));
        setting = good ? read : setting;
        return good;
    }

    private bool TryReadPlace(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("com1"u8))
        {
            return true;
        }

        if (text.SequenceEqual("com2"u8))
        {
            Port = Com2;
            return true;
        }

        if (text.StartsWith("0x"u8))
        {
            bool good = TryHex(text[2..], 4, out uint port) && port is >= 0x100 and <= 0xFFF8; // below are the mainboard's own
            Port = (ushort)port;
            return good;
        }

        Port = 0;
        return text.SequenceEqual("pci"u8) || (text.StartsWith("pci:"u8) && TryReadLocation(text[4..]));
    }

    // BB:DD.F in hexadecimal digits, as lspci writes it.
    private bool TryReadLocation(ReadOnlySpan<byte> text)
    {
        int colon = text.IndexOf((byte)':');
        int point = text.IndexOf((byte)'.');
        if (colon < 0 || point < colon
            || !TryHex(text[..colon], 2, out uint bus) || !TryHex(text[(colon + 1)..point], 2, out uint device) || !TryHex(text[(point + 1)..], 1, out uint function)
            || device > 31 || function > 7)
        {
            return false;
        }

        HasLocation = true;
        Bus = (byte)bus;
        Device = (byte)device;
        Function = (byte)function;
        return true;
    }

    private bool TryReadBaud(ReadOnlySpan<byte> text)
    {
        bool good = Utf8Parser.TryParse(text, out uint baud, out int read) && read == text.Length
            && baud is > 1 and <= ClockBaud && ClockBaud % baud == 0;
        Divisor = good ? (ushort)(ClockBaud / baud) : Divisor;
        return good;
    }

    private static bool TryHex(ReadOnlySpan<byte> text, int most, out uint value)
    {
        value = 0;
        return text.Length >= 1 && text.Length <= most && Utf8Parser.TryParse(text, out value, out int read, 'x') && read == text.Length;
    }
}
