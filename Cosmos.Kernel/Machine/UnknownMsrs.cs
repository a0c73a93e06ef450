using System;

namespace Multicosm.Machine;

/// <summary>
/// The registers without a row that one vCPU's guest has named, each once, up to <see cref="Capacity"/>: where the domain's file says so
/// they read 0 and take writes, else each access is #GP(0). A backend notes them, and whoever has a log takes them from here.
/// </summary>
public sealed class UnknownMsrs
{
    /// <summary>Different registers that are noted; further ones are not.</summary>
    public const int Capacity = 32;

    private readonly uint[] _indices = new uint[Capacity];
    private int _count;
    private int _taken;

    /// <summary>True if they read 0 and take writes.</summary>
    public bool AreIgnored { get; set; }

    /// <summary>True if <see cref="TryTake"/> would give one.</summary>
    public bool HasNew => _taken < _count;

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        _count = 0;
        _taken = 0;
    }

    /// <summary>The guest has read or written register <paramref name="index"/>.</summary>
    public void Note(uint index)
    {
        if (_count < Capacity && !_indices.AsSpan(0, _count).Contains(index))
        {
            _indices[_count] = index;
            _count++;
        }
    }

    /// <summary>The next one that was not taken yet; false if there is none.</summary>
    public bool TryTake(out uint index)
    {
        index = HasNew ? _indices[_taken] : 0;
        if (!HasNew)
        {
            return false;
        }

        _taken++;
        return true;
    }
}
