using System;

namespace Multicosm.Machine;

/// <summary>All that is known about a crash. Lives in its domain slot; written once per crash.</summary>
public sealed class CrashRecord
{
    /// <summary>Bytes of detail kept.</summary>
    public const int DetailCapacity = 320;

    private readonly byte[] _detail = new byte[DetailCapacity];
    private int _detailLength;

    /// <summary>Why.</summary>
    public CrashReason Reason;

    /// <summary>Registers at the crash.</summary>
    public VcpuState State;

    /// <summary>For <see cref="CrashReason.DeviceFault"/>: the fault.</summary>
    public FaultRecord Fault;

    /// <summary>One sentence of detail in UTF-8: what, and where. May be empty.</summary>
    public ReadOnlySpan<byte> Detail => new(_detail, 0, _detailLength);

    /// <summary>Appends to <see cref="Detail"/>; what does not fit is cut.</summary>
    public void AppendDetail(ReadOnlySpan<byte> text)
    {
        int length = Math.Min(text.Length, _detail.Length - _detailLength);
        text[..length].CopyTo(new Span<byte>(_detail, _detailLength, length));
        _detailLength += length;
    }

    /// <summary>Appends a decimal number to <see cref="Detail"/>.</summary>
    public void AppendNumber(ulong value)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = System.Buffers.Text.Utf8Formatter.TryFormat(value, digits, out int length); // 20 digits hold any ulong
        AppendDetail(digits[..length]);
    }

    /// <summary>Appends a hexadecimal number without leading zeros to <see cref="Detail"/>.</summary>
    public void AppendHex(ulong value)
    {
        int digits = 1;
        while (digits < 16 && value >> (4 * digits) != 0)
        {
            digits++;
        }

        for (int i = digits - 1; i >= 0; i--)
        {
            AppendDetail("0123456789abcdef"u8.Slice((int)(value >> (4 * i)) & 15, 1));
        }
    }

    /// <summary>Appends the detail of another record; nothing if it is this one.</summary>
    public void AppendFrom(CrashRecord other)
    {
        if (other != this)
        {
            AppendDetail(other.Detail);
        }
    }

    /// <summary>Forgets the last crash.</summary>
    public void Reset()
    {
        Reason = CrashReason.None;
        State = default;
        Fault = default;
        _detailLength = 0;
    }
}
