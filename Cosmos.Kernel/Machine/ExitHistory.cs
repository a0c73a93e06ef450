using System.Runtime.CompilerServices;

namespace Multicosm.Machine;

/// <summary>The last exits of one vCPU, oldest overwritten first. Lives as long as its domain slot.</summary>
public sealed class ExitHistory
{
    /// <summary>How many exits are kept.</summary>
    public const int Capacity = 32;

    private readonly ExitHistoryEntry[] _entries = new ExitHistoryEntry[Capacity];
    private uint _next;

    /// <summary>Number of exits kept now.</summary>
    public int Count => (int)(_next < Capacity ? _next : Capacity);

    /// <summary>Exits recorded since the last <see cref="Reset"/>.</summary>
    public ulong Total { get; private set; }

    /// <summary>Remembers an exit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Record(uint reason, ulong qualification, ulong rip)
    {
        ref ExitHistoryEntry entry = ref _entries[_next % Capacity];
        entry.Reason = reason;
        entry.Qualification = qualification;
        entry.Rip = rip;
        _next = _next == (2 * Capacity) - 1 ? Capacity : _next + 1;
        Total++;
    }

    /// <summary>Entry <paramref name="age"/> back: 0 is the newest. <paramref name="age"/> must be below <see cref="Count"/>.</summary>
    public ref readonly ExitHistoryEntry Newest(int age) => ref _entries[(_next - 1 - (uint)age) % Capacity];

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        _next = 0;
        Total = 0;
    }
}
