using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>log NAME [POSITION]</c>: a piece of what a domain's console printed; <c>log "" [POSITION]</c>: of the hypervisor's log.</summary>
public sealed class LogResult : DomainResult
{
    private const ulong BytesPerReply = 8192;

    private Domain? _domain;
    private uint _generation;
    private ulong _position;
    private ulong _end;
    private bool _isOpen;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "log"u8;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Arguments => "NAME [POSITION], or \"\" for the hypervisor's own log"u8;

    /// <inheritdoc/>
    public override bool TryBegin(ShellContext context, Request request)
    {
        bool isHost = request.Count == 0 || (request.Count <= 2 && request.Argument(0).IsEmpty);
        _domain = null;
        if (!isHost && !TryFind(context, request, 1, 2, out _domain))
        {
            return false;
        }

        ulong from = 0;
        if (request.Count == 2 && !TryPosition(request.Argument(1), out from))
        {
            return Refuse(context, "a position is a number"u8);
        }

        _generation = _domain is null ? 0 : _domain.Generation;
        ulong first = _domain is null ? context.Host.Log.FirstPosition : _domain.Console.Dropped;
        ulong last = _domain is null ? context.Host.Log.EndPosition : _domain.Console.Written;
        _position = Math.Clamp(from, first, last);
        _end = Math.Min(last, _position + BytesPerReply);
        _isOpen = false;
        return true;
    }

    /// <inheritdoc/>
    public override bool Continue(ShellContext context, JsonWriter writer)
    {
        if (!_isOpen)
        {
            _isOpen = true;
            Open(context, writer);
        }

        // The reply tells first from where to where it goes: what is overwritten or forgotten meanwhile is missing at its end.
        Span<byte> bytes = stackalloc byte[512];
        int wanted = (int)Math.Min((ulong)bytes.Length, _end - _position);
        int count = Read(context, bytes[..wanted]);
        JsonEscape.Write(writer.Output, bytes[..count]);
        if (count > 0 && _position < _end)
        {
            return false;
        }

        writer.CloseText();
        writer.Member("to"u8, _position);
        writer.CloseObject();
        return true;
    }

    private void Open(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        if (_domain is not null)
        {
            DomainData.WriteName(writer, _domain);
        }

        writer.Member("from"u8, _position);
        writer.Member("end"u8, _domain is null ? context.Host.Log.EndPosition : _domain.Console.Written);
        writer.Member("dropped"u8, _domain is null ? context.Host.Log.FirstPosition : _domain.Console.Dropped);
        writer.Name("data"u8);
        writer.OpenText();
    }

    // What was overwritten between two parts cannot be had: the value ends there.
    private int Read(ShellContext context, Span<byte> bytes)
    {
        ulong position = _position;
        bool isGone = _domain is not null && _domain.Generation != _generation;
        int count = isGone ? 0 : _domain is null ? context.Host.Log.Read(ref position, bytes) : _domain.Console.Read(ref position, bytes);
        if (position != _position + (ulong)count)
        {
            return 0;
        }

        _position = position;
        return count;
    }
}
