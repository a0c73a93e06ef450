using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>detach NAME</c>: what the domain's console prints comes no more.</summary>
public sealed class DetachResult : DomainResult
{
    private Domain? _domain;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "detach"u8;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override bool TryBegin(ShellContext context, Request request)
    {
        if (!TryFind(context, request, 1, 1, out _domain))
        {
            return false;
        }

        if (!_domain!.Console.IsAttached)
        {
            return Refuse(context, "it is not attached"u8);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Continue(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        DomainData.WriteName(writer, _domain!);
        writer.Member("position"u8, _domain!.Console.ShownPosition);
        writer.CloseObject();
        _domain.Console.Detach();
        return true;
    }
}
