using System;
using Multicosm.Domains;
using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>examine NAME ADDRESS [COUNT]</c>: memory of a domain that stands still.</summary>
public sealed class ExamineVerb : PagedVerb
{
    private const uint DefaultCount = 128;
    private const uint MaximumCount = 65536;
    private const int HexDigits = 16;

    private readonly VcpuSnapshot _snapshot = new();
    private MemoryReader? _reader;
    private Domain? _domain;
    private uint _generation;
    private bool _isPhysical;
    private ulong _address;
    private uint _left;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "examine"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME [p:]ADDRESS [COUNT]"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show memory of a paused or preserved domain"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          COUNT bytes (128) from ADDRESS on, in hexadecimal: an address of the guest's own,
          by its page tables, or with p: a physical one. The domain must be paused, or
          preserved by on_poweroff, on_reboot or on_crash.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "examine debian p:100000 64"u8;

    /// <inheritdoc/>
    public override void Prepare(ShellContext context) => _reader = new MemoryReader(context.Host);

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 2, 3, "a domain, an address and perhaps a number of bytes"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        ReadOnlySpan<byte> address = parsed[1];
        ReadOnlySpan<byte> count = parsed[2];
        _isPhysical = address.StartsWith("p:"u8);
        if (!TryHex(_isPhysical ? address[2..] : address, out _address))
        {
            return Refuse(context, "the address is hexadecimal, with or without 0x"u8);
        }

        _left = DefaultCount;
        if (!count.IsEmpty && !(Words.TryNumber(count, out _left) && _left is > 0 and <= MaximumCount))
        {
            return Refuse(context, "the number of bytes is 1 to 65536"u8);
        }

        if (!StandingDomain.TryTake(context, Name, parsed[0], _snapshot, out _domain))
        {
            return VerbStatus.Failed;
        }

        _generation = _domain!.Generation;
        return Begin(context);
    }

    /// <inheritdoc/>
    protected override bool TryWriteNext(ShellContext context, TextOutput output)
    {
        if (_left == 0 || _domain!.Generation != _generation || !_domain.IsAlive)
        {
            return false;
        }

        int wanted = (int)Math.Min(_left, (ulong)MemoryText.BytesPerLine - (_address % MemoryText.BytesPerLine));
        bool isRead = _reader!.TryRead(_domain, _snapshot, _address, _isPhysical, wanted);
        ReadOnlySpan<byte> bytes = _reader.Bytes;
        if (!isRead || bytes.IsEmpty)
        {
            WriteMissing(output, isRead);
            _left = 0;
            return true;
        }

        MemoryText.WriteLine(output, bytes, _address);
        _address = unchecked(_address + (ulong)bytes.Length);
        _left -= (uint)bytes.Length;
        return true;
    }

    private void WriteMissing(TextOutput output, bool isRead)
    {
        output.WriteHex(_address, HexDigits);
        if (!isRead)
        {
            output.WriteLine(": a fault of the hypervisor's own cut it short"u8);
            return;
        }

        if (_isPhysical)
        {
            output.WriteLine(": no RAM"u8);
            return;
        }

        output.WriteLine(_reader!.Walk.IsMapped ? ": mapped, but not to RAM"u8 : ": not mapped"u8);
        PageWalkText.Write(output, "it"u8, in _reader.Walk, _snapshot.State.Cr3);
    }

    private static bool TryHex(ReadOnlySpan<byte> text, out ulong value)
    {
        text = text.StartsWith("0x"u8) ? text[2..] : text;
        value = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int digit = "0123456789abcdef"u8.IndexOf((byte)(text[i] is >= (byte)'A' and <= (byte)'F' ? text[i] + 0x20 : text[i]));
            if (digit < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        return text.Length is > 0 and <= HexDigits;
    }
}
