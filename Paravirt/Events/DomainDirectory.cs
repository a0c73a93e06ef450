using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Events;

/// <summary>The PV domains that there are, by slot: how one finds another. Changed by the builder and the destroyer alone.</summary>
internal sealed class DomainDirectory
{
    /// <summary>Slots that there can be.</summary>
    public const int Slots = 256;

    private readonly PvDomain?[] _domains = new PvDomain?[Slots];

    /// <summary>Makes <paramref name="domain"/> known under its number.</summary>
    public void Add(PvDomain domain) => _domains[domain.Slot] = domain;

    /// <summary>Forgets it: its ports must be closed.</summary>
    public void Remove(PvDomain domain) => _domains[domain.Slot] = null;

    /// <summary>The domain in <paramref name="slot"/>; null if there is none.</summary>
    public PvDomain? InSlot(int slot) => _domains[slot];

    /// <summary>The domain that <paramref name="caller"/> means by number <paramref name="id"/>; null if there is none.</summary>
    public PvDomain? Find(PvDomain caller, ushort id)
    {
        if (id == DomainNumbers.Self || id == caller.Id)
        {
            return caller;
        }

        foreach (PvDomain? domain in _domains)
        {
            if (domain is not null && domain.Id == id)
            {
                return domain;
            }
        }

        return null;
    }
}
