using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>attach NAME [POSITION|end]</c>: what a domain's console prints comes as events from now on.</summary>
public sealed class AttachResult : DomainResult
{
    private Domain? _domain;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "attach"u8;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Arguments => "NAME [POSITION|end]"u8;

    /// <inheritdoc/>
    public override bool TryBegin(ShellContext context, Request request)
    {
        if (!TryFind(context, request, 1, 2, out _domain))
        {
            return false;
        }

        ulong from = 0;
        if (request.Count == 2 && !request.Argument(1).SequenceEqual("end"u8) && !TryPosition(request.Argument(1), out from))
        {
            return Refuse(context, "a position is a number, or the word end"u8);
        }

        bool atEnd = request.Count == 2 && request.Argument(1).SequenceEqual("end"u8);
        _domain!.Console.Attach(atEnd ? ulong.MaxValue : from);
        return true;
    }

    /// <inheritdoc/>
    public override bool Continue(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        DomainData.WriteName(writer, _domain!);
        writer.Member("from"u8, _domain!.Console.ShownPosition);
        writer.Member("end"u8, _domain.Console.Written);
        writer.Member("dropped"u8, _domain.Console.Dropped);
        writer.CloseObject();
        return true;
    }
}
