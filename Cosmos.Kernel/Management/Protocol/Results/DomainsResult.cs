using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary>An array with an object for each domain (or several), or for those whose names are given; kinds differ in the members.</summary>
public abstract class DomainsResult : ResultSource
{
    private DomainCursor _cursor;
    private Request? _request;
    private bool _isOpen;

    /// <inheritdoc/>
    public override bool TryBegin(ShellContext context, Request request)
    {
        _cursor.Begin();
        _request = request;
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

        if (!_cursor.TryNext(context.Manager.Domains, out Domain? domain))
        {
            Close(writer);
            return true;
        }

        if (IsAskedFor(domain!))
        {
            for (int i = 0; i < CountOf(domain!); i++)
            {
                writer.OpenObject();
                DomainData.WriteName(writer, domain!);
                Write(context, writer, domain!, i);
                writer.CloseObject();
            }
        }

        return false;
    }

    /// <summary>Starts the value.</summary>
    protected virtual void Open(ShellContext context, JsonWriter writer) => writer.OpenArray();

    /// <summary>Ends the value.</summary>
    protected virtual void Close(JsonWriter writer) => writer.CloseArray();

    /// <summary>Objects that <paramref name="domain"/> has; together they take no more than <see cref="ResultSource.ResultRoom"/>.</summary>
    protected virtual int CountOf(Domain domain) => 1;

    /// <summary>Writes the members of object <paramref name="index"/> of one domain behind its name and number.</summary>
    protected abstract void Write(ShellContext context, JsonWriter writer, Domain domain, int index);

    /// <summary>True if <paramref name="word"/>, argument number <paramref name="index"/>, is a domain's name or number: unless told otherwise, if it is no option.</summary>
    protected virtual bool Names(ReadOnlySpan<byte> word, int index, Request request) => !word.IsEmpty && word[0] != (byte)'-';

    private bool IsAskedFor(Domain domain)
    {
        bool any = false;
        for (int i = 0; i < _request!.Count; i++)
        {
            ReadOnlySpan<byte> word = _request.Argument(i);
            if (!Names(word, i, _request))
            {
                continue;
            }

            any = true;
            if (domain.Name.SequenceEqual(word) || (Words.TryNumber(word, out uint id) && id == domain.Id))
            {
                return true;
            }
        }

        return !any;
    }
}
