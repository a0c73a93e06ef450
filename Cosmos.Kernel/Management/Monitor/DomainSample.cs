using System.Runtime.CompilerServices;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Monitor;

/// <summary>What a domain did between the last two looks at it. One for each domain slot, made once.</summary>
public sealed class DomainSample
{
    private uint _id;
    private ulong _seenTicks;
    private ulong _cpuSeen;
    private ulong _consoleSeen;
    private ClassCounts _exitsSeen;
    private ClassCounts _exits;

    /// <summary>Ticks between the two looks.</summary>
    public ulong Ticks { get; private set; }

    /// <summary>Ticks that it ran.</summary>
    public ulong CpuTicks { get; private set; }

    /// <summary>Exits of all classes.</summary>
    public ulong Exits { get; private set; }

    /// <summary>Bytes that it printed.</summary>
    public ulong ConsoleBytes { get; private set; }

    /// <summary>Exits of <paramref name="value"/>.</summary>
    public ulong ExitsOf(ExitClass value) => _exits[(int)value];

    /// <summary>Looks at <paramref name="domain"/>; <paramref name="classes"/> has the class of each exit reason. A domain that is new did nothing so far.</summary>
    public void Update(Domain domain, ExitClass[] classes, ulong now)
    {
        ClassCounts counts = default;
        ExitHistory history = domain.Vcpu.Backend.History;
        for (int i = 0; i < ExitHistory.Reasons; i++)
        {
            counts[(int)classes[i]] += history.CountOf(i);
        }

        bool isSame = _id == domain.Id;
        Ticks = isSame ? now - _seenTicks : 0;
        CpuTicks = isSame ? domain.CpuTicks - _cpuSeen : 0;
        ConsoleBytes = isSame ? domain.Console.Written - _consoleSeen : 0;
        Exits = 0;
        for (int i = 0; i < ExitClasses.Count; i++)
        {
            _exits[i] = isSame ? counts[i] - _exitsSeen[i] : 0;
            Exits += _exits[i];
        }

        _id = domain.Id;
        _seenTicks = now;
        _cpuSeen = domain.CpuTicks;
        _consoleSeen = domain.Console.Written;
        _exitsSeen = counts;
    }

    /// <summary>Forgets the domain.</summary>
    public void Reset() => _id = 0;

    [InlineArray(ExitClasses.Count)]
    private struct ClassCounts
    {
        private ulong _first;
    }
}
