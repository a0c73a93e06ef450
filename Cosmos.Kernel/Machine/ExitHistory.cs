using System.Runtime.CompilerServices;

namespace Multicosm.Machine;

/// <summary>The last exits of one vCPU, oldest overwritten first, and how many there were of each reason. Lives as long as its domain slot.</summary>
public sealed class ExitHistory
{
    /// <summary>How many exits are kept.</summary>
    public const int Capacity = 32;

    /// <summary>Reasons counted: backends number theirs from 0 to one less.</summary>
    public const int Reasons = 128;

    private EntryRing _entries;
    private ReasonCounts _counts;
    private ulong _kept;
    private ulong _counted;

    /// <summary>Number of exits kept now.</summary>
    public int Count => (int)System.Math.Min(_kept, Capacity);

    /// <summary>Exits since the last <see cref="Reset"/>, recorded or only counted.</summary>
    public ulong Total => _kept + _counted;

    /// <summary>Remembers an exit. The masks prove to the compiler that no index can be wrong; the arguments are copied as one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Record(uint reason, ulong qualification, ulong rip, in ExitArguments arguments)
    {
        ref ExitHistoryEntry entry = ref _entries[(int)_kept & (Capacity - 1)];
        entry.Reason = reason;
        entry.Qualification = qualification;
        entry.Rip = rip;
        entry.Arguments = arguments;
        _counts[(int)reason & (Reasons - 1)]++;
        _kept++;
    }

    /// <summary>Counts exits with <paramref name="reason"/> of which nothing is remembered.</summary>
    public void Add(uint reason, ulong exits)
    {
        _counts[(int)reason & (Reasons - 1)] += exits;
        _counted += exits;
    }

    /// <summary>The newest exit's arguments, for who learns more of them.</summary>
    public ref ExitArguments LatestArguments
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _entries[(int)(_kept - 1) & (Capacity - 1)].Arguments;
    }

    /// <summary>Exits with <paramref name="reason"/> (below <see cref="Reasons"/>) since the last <see cref="Reset"/>.</summary>
    public ulong CountOf(int reason) => _counts[reason];

    /// <summary>Entry <paramref name="age"/> back: 0 is the newest. <paramref name="age"/> must be below <see cref="Count"/>.</summary>
    public ref readonly ExitHistoryEntry Newest(int age) => ref _entries[(int)(_kept - 1 - (ulong)age) & (Capacity - 1)];

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        _kept = _counted = 0;
        _counts = default;
    }

    [InlineArray(Capacity)]
    private struct EntryRing
    {
        private ExitHistoryEntry _first;
    }

    [InlineArray(Reasons)]
    private struct ReasonCounts
    {
        private ulong _first;
    }
}
