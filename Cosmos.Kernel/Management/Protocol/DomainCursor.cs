using Multicosm.Domains;

namespace Multicosm.Management.Protocol;

/// <summary>Walks over the domains by number, oldest first; ones that come and go in between do no harm.</summary>
internal struct DomainCursor
{
    private uint _lastId;

    /// <summary>Goes to the first one.</summary>
    public void Begin() => _lastId = 0;

    /// <summary>The next domain; false if there is none.</summary>
    public bool TryNext(DomainTable domains, out Domain? next)
    {
        next = null;
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[i];
            bool candidate = domain.State != DomainState.Free && domain.Id > _lastId;
            if (candidate && (next is null || domain.Id < next.Id))
            {
                next = domain;
            }
        }

        _lastId = next is null ? _lastId : next.Id;
        return next is not null;
    }
}
