using System;

namespace Multicosm.Domains;

/// <summary>The domain slots: allocated the first time they are needed, never freed, used again.</summary>
public sealed class DomainTable(HostServices host)
{
    /// <summary>The most slots.</summary>
    public const int Capacity = 256;

    // What a slot takes of the arena, generously: its console is most of it.
    private const ulong SlotBytes = GuestConsole.OutputCapacity + (128 * 1024);

    private readonly Domain?[] _slots = new Domain?[Capacity];

    /// <summary>Slots allocated so far.</summary>
    public int Count { get; private set; }

    /// <summary>Slot <paramref name="index"/>, below <see cref="Count"/>; it may be free.</summary>
    public Domain this[int index] => _slots[index]!;

    /// <summary>The domain called <paramref name="name"/>: a living one before an ended one; false if there is none.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out Domain? found)
    {
        found = null;
        for (int i = 0; i < Count; i++)
        {
            Domain domain = _slots[i]!;
            if (domain.State != DomainState.Free && domain.Name.SequenceEqual(name) && (found is null || domain.IsAlive))
            {
                found = domain;
            }
        }

        return found is not null;
    }

    /// <summary>The domain with number <paramref name="id"/>; false if there is none.</summary>
    public bool TryFind(uint id, out Domain? found)
    {
        found = null;
        for (int i = 0; i < Count && found is null; i++)
        {
            Domain domain = _slots[i]!;
            found = domain.State != DomainState.Free && domain.Id == id ? domain : null;
        }

        return found is not null;
    }

    /// <summary>A free slot: one that was used before, a new one, or that of the domain that ended first; false if all live.</summary>
    public bool TryTake(out Domain? slot)
    {
        slot = null;
        for (int i = 0; i < Count && slot is null; i++)
        {
            slot = _slots[i]!.State == DomainState.Free ? _slots[i] : null;
        }

        if (slot is null && Count < Capacity && host.Window.FreeBytes >= SlotBytes)
        {
            host.Window.Open();
            slot = new Domain(host, Count);
            host.Window.Seal();
            _slots[Count] = slot;
            Count++;
        }

        if (slot is null && TryOldestEnded(out slot))
        {
            _ = slot!.TryEnter(DomainState.Free); // legal from Ended
        }

        return slot is not null;
    }

    /// <summary>Forgets the ended domains called <paramref name="name"/>, but for <paramref name="except"/>.</summary>
    public void ForgetEnded(ReadOnlySpan<byte> name, Domain except)
    {
        for (int i = 0; i < Count; i++)
        {
            Domain domain = _slots[i]!;
            if (domain != except && domain.State == DomainState.Ended && domain.Name.SequenceEqual(name))
            {
                _ = domain.TryEnter(DomainState.Free); // legal from Ended
            }
        }
    }

    private bool TryOldestEnded(out Domain? oldest)
    {
        oldest = null;
        for (int i = 0; i < Count; i++)
        {
            Domain domain = _slots[i]!;
            if (domain.State == DomainState.Ended && (oldest is null || domain.EndedOrder < oldest.EndedOrder))
            {
                oldest = domain;
            }
        }

        return oldest is not null;
    }
}
