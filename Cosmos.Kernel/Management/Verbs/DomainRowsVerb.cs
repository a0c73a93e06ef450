using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary>A verb that prints something of each domain that is named, or of all, oldest first and a few at a time.</summary>
public abstract class DomainRowsVerb : Verb
{
    private const int PartsPerPoll = 4;

    private readonly uint[] _named = new uint[DomainTable.Capacity];
    private Domain? _domain;
    private uint _generation;
    private uint _lastId;
    private bool _isAll;
    private int _part;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <summary>What the longest part takes of the line.</summary>
    protected virtual int PartRoom => 640;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        for (int i = 0; i < PartsPerPoll && context.Terminal.Room >= PartRoom; i++)
        {
            bool isBegun = _domain is not null && _domain.Generation == _generation; // else its slot may be another one's
            if (!isBegun && !TryNext(context.Manager.Domains))
            {
                return VerbStatus.Done;
            }

            bool hasMore = WritePart(context, _domain!, _part);
            _part++;
            _domain = hasMore ? _domain : null;
        }

        return VerbStatus.Running;
    }

    /// <summary>Selects the domains that the words from number <paramref name="first"/> on name, all if there are none; false, and said, if one does not exist.</summary>
    protected bool TrySelect(ShellContext context, in Arguments parsed, int first = 0)
    {
        _isAll = parsed.Count <= first;
        _lastId = 0;
        _domain = null;
        Array.Clear(_named);
        for (int i = first; i < parsed.Count; i++)
        {
            if (!context.TryFindDomain(Name, parsed[i], out Domain? domain))
            {
                return false;
            }

            _named[domain!.Slot] = domain.Id;
        }

        return true;
    }

    /// <summary>Selects one domain.</summary>
    protected void Select(Domain domain)
    {
        _isAll = false;
        _lastId = 0;
        _domain = null;
        Array.Clear(_named);
        _named[domain.Slot] = domain.Id;
    }

    /// <summary>True if a domain that was not named is shown; one that was is.</summary>
    protected virtual bool IsShown(Domain domain) => true;

    /// <summary>Writes part <paramref name="part"/> of what is to be said of <paramref name="domain"/>; true if there is another one.</summary>
    protected abstract bool WritePart(ShellContext context, Domain domain, int part);

    /// <summary>Writes "NAME" and "ID" as the first columns; <paramref name="width"/> is the name's.</summary>
    protected static void WriteName(TextOutput output, Domain domain, int width)
    {
        output.WritePadded(domain.Name, width);
        output.Write(" "u8);
        output.WriteNumber(domain.Id, 5);
        output.Write(" "u8);
    }

    private bool TryNext(DomainTable domains)
    {
        Domain? next = null;
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[i];
            bool selected = _isAll ? IsShown(domain) : _named[i] == domain.Id;
            bool candidate = selected && domain.State != DomainState.Free && domain.Id > _lastId;
            if (candidate && (next is null || domain.Id < next.Id))
            {
                next = domain;
            }
        }

        _domain = next;
        _part = 0;
        _lastId = next is null ? _lastId : next.Id;
        _generation = next is null ? _generation : next.Generation;
        return next is not null;
    }
}
