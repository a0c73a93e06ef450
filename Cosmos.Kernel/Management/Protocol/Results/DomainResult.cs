using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary>The whole answer to a request whose first argument is a domain.</summary>
public abstract class DomainResult : ResultSource
{
    /// <inheritdoc/>
    public override bool IsWholeAnswer => true;

    /// <summary>What it takes, as a usage text.</summary>
    protected abstract ReadOnlySpan<byte> Arguments { get; }

    /// <summary>Finds the domain; false, and says why, if there is none or the number of arguments is not within these limits.</summary>
    protected bool TryFind(ShellContext context, Request request, int least, int most, out Domain? domain)
    {
        domain = null;
        if (request.Count >= least && request.Count <= most)
        {
            return context.TryFindDomain(Verb, request.Argument(0), out domain);
        }

        return Refuse(context, "wrong number of arguments"u8);
    }

    /// <summary>Says what is wrong and how the request is to be used; false.</summary>
    protected bool Refuse(ShellContext context, ReadOnlySpan<byte> what)
    {
        context.Terminal.Write(Verb);
        context.Terminal.Write(": "u8);
        context.Terminal.Write(what);
        context.Terminal.Write("; \"args\" are: "u8);
        context.Terminal.WriteLine(Arguments);
        return false;
    }

    /// <summary>Reads a position: a decimal number.</summary>
    protected static bool TryPosition(ReadOnlySpan<byte> text, out ulong position)
        => System.Buffers.Text.Utf8Parser.TryParse(text, out position, out int consumed) && consumed == text.Length;
}
