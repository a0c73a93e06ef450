using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>type NAME DATA</c>: types into a domain's console what there is room for; who sends waits with the rest until the guest has read.</summary>
public sealed class TypeResult : DomainResult
{
    private Domain? _domain;
    private int _typed;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "type"u8;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Arguments => "NAME DATA"u8;

    /// <inheritdoc/>
    public override bool TryBegin(ShellContext context, Request request)
    {
        if (!TryFind(context, request, 2, 2, out _domain))
        {
            return false;
        }

        if (!_domain!.IsAlive)
        {
            return Refuse(context, "the domain has ended and reads no more"u8);
        }

        ReadOnlySpan<byte> data = request.Argument(1);
        _typed = 0;
        while (_typed < data.Length && _domain.Console.TryType(data[_typed]))
        {
            _typed++;
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Continue(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        DomainData.WriteName(writer, _domain!);
        writer.Member("typed"u8, (ulong)_typed);
        writer.CloseObject();
        return true;
    }
}
