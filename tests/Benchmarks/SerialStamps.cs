using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Multicosm.Benchmarks;

/// <summary>The bytes that a machine wrote to COM1's transmitter, each with the tick of its OUT instruction, from Bochs' log.</summary>
public sealed partial class SerialStamps
{
    private const int DivisorLatch = 0x80;

    private readonly List<byte> _bytes = [];
    private readonly List<ulong> _ticks = [];

    /// <summary>Reads a log that was written with the serial ports' debug lines.</summary>
    public SerialStamps(string log)
    {
        bool latched = false;
        foreach (Match line in Written().Matches(log))
        {
            byte value = byte.Parse(line.Groups[3].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (line.Groups[2].Value == "b")
            {
                latched = (value & DivisorLatch) != 0; // then the port is the divisor's
            }
            else if (!latched)
            {
                _bytes.Add(value);
                _ticks.Add(ulong.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>The bytes.</summary>
    public IReadOnlyList<byte> Bytes => _bytes;

    /// <summary>The tick at which the byte with number <paramref name="index"/> was written.</summary>
    public ulong Tick(int index) => _ticks[index];

    /// <summary>The tick at which <paramref name="text"/> was complete for the first time.</summary>
    public ulong TickOf(ReadOnlySpan<byte> text)
    {
        int start = _bytes.ToArray().AsSpan().IndexOf(text);
        return start >= 0 ? _ticks[start + text.Length - 1] : throw new InvalidOperationException("the text was never written");
    }

    [GeneratedRegex(@"^(\d+)d\[SER +\] com1 register write to +address: 0x03f([8b]) = 0x([0-9a-f]{2})\r?$", RegexOptions.Multiline)]
    private static partial Regex Written();
}
