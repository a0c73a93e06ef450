using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary>The domains whose power button was pressed, and what became of them: for <c>shutdown</c> and <c>reboot</c>.</summary>
internal sealed class PowerRequests
{
    private readonly uint[] _ids = new uint[DomainTable.Capacity];
    private readonly uint[] _generations = new uint[DomainTable.Capacity];

    /// <summary>Domains in it.</summary>
    public int Count { get; private set; }

    /// <summary>Says that a guest has not asked to be told of its power button; always Failed.</summary>
    public static VerbStatus RefuseDeaf(ShellContext context, ReadOnlySpan<byte> verb, Domain domain)
    {
        context.Terminal.Write(verb);
        context.Terminal.Write(": domain \""u8);
        context.Terminal.Write(domain.Name);
        context.Terminal.WriteLine("\" does not listen to its power button (yet); try later, or use destroy or trigger reset"u8);
        return VerbStatus.Failed;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Array.Clear(_ids);
        Count = 0;
    }

    /// <summary>Adds a domain, as it is now: a restart makes it another one.</summary>
    public void Add(Domain domain)
    {
        _ids[domain.Slot] = domain.Id;
        _generations[domain.Slot] = domain.Generation;
        Count++;
    }

    /// <summary>True while one of them has not gone: it lives, and is not kept as it ended.</summary>
    public bool IsAnyUp(DomainTable domains)
    {
        bool isUp = false;
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[i];
            bool isGoing = domain.IsAlive && (domain.State is not (DomainState.ShutDown or DomainState.Crashed or DomainState.Dying) || !domain.IsIdle);
            isUp |= _ids[i] == domain.Id && domain.Id != 0 && isGoing;
        }

        return isUp;
    }

    /// <summary>True if the slot still holds one of them, be it restarted or what is left of it.</summary>
    public bool Holds(Domain slot) => _ids[slot.Slot] != 0 && _generations[slot.Slot] == slot.Generation && slot.State != DomainState.Free;

    /// <summary>True if one of them was started again since it was asked, and lives.</summary>
    public bool IsRestarted(Domain domain) => Holds(domain) && domain.Id != _ids[domain.Slot] && domain.IsAlive;

    /// <summary>True if one of them crashed since it was asked.</summary>
    public bool HasCrashed(Domain domain) => Holds(domain) && domain.Crash.IsTaken && domain.Crash.DomainId == _ids[domain.Slot];
}
