using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>sched-credit2 [-d NAME [-w WEIGHT] [-c CAP]]</c>: shows or sets what part of the CPU domains get.</summary>
/// <source>xl(1) "sched-credit2"</source>
public sealed class SchedulerVerb : DomainRowsVerb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "sched-credit2"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[-d NAME [-w WEIGHT] [-c CAP]]"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show or set the domains' weights and caps"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          -d  the domain; all living ones without it.
          -w  its weight, 1 to 65535, 256 unless set: when the CPU is scarce, a domain of
              weight 512 gets twice as much of it as one of 256.
          -c  its cap in percent of a CPU: more it does not get, even if nobody else wants
              it; 0 for none.
          The keys cpu_weight and cap of a domain file set both from the start.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "sched-credit2 -d debian -w 512 -c 50"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "d:w:c:"u8;

    /// <inheritdoc/>
    public override WordKind ValueOf(byte option) => option == (byte)'d' ? WordKind.Domain : WordKind.Any;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Any;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, 0, "options only"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        bool isNamed = parsed.TryValue((byte)'d', out ReadOnlySpan<byte> name);
        bool sets = parsed.Has((byte)'w') || parsed.Has((byte)'c');
        if (!isNamed)
        {
            return sets ? Refuse(context, "-w and -c need -d NAME"u8) : ShowAll(context, in parsed);
        }

        if (!context.TryFindDomain(Name, name, out Domain? domain))
        {
            return VerbStatus.Failed;
        }

        if (sets)
        {
            return Set(context, domain!, in parsed);
        }

        Select(domain!);
        WriteHeader(context);
        return Continue(context);
    }

    /// <inheritdoc/>
    protected override bool IsShown(Domain domain) => domain.IsAlive;

    /// <inheritdoc/>
    protected override bool WritePart(ShellContext context, Domain domain, int part)
    {
        TextOutput output = context.Terminal;
        WriteName(output, domain, 32);
        output.WriteNumber(domain.Scheduling.Weight, 6);
        output.Write(" "u8);
        output.WriteNumber(domain.Scheduling.CapPercent, 4);
        output.WriteLine(""u8);
        return false;
    }

    private VerbStatus ShowAll(ShellContext context, in Arguments parsed)
    {
        _ = TrySelect(context, in parsed); // nothing is named
        context.Terminal.WriteLine("Cpupool Pool-0: sched=CREDIT2"u8);
        WriteHeader(context);
        return Continue(context);
    }

    private VerbStatus Set(ShellContext context, Domain domain, in Arguments parsed)
    {
        uint weight = domain.Scheduling.Weight;
        uint cap = domain.Scheduling.CapPercent;
        bool isRight = (!parsed.TryValue((byte)'w', out ReadOnlySpan<byte> word) || Words.TryNumber(word, out weight))
            && (!parsed.TryValue((byte)'c', out word) || Words.TryNumber(word, out cap));
        DomainActionStatus status = isRight ? context.Manager.SetScheduling(domain, weight, cap) : DomainActionStatus.InvalidValue;
        return status switch
        {
            DomainActionStatus.Success => VerbStatus.Done,
            DomainActionStatus.WrongState => RefuseState(context, domain, "only a living domain has a weight and a cap"u8),
            _ => Refuse(context, "a weight is a number from 1 to 65535, a cap one from 0 (none) to 12800 (percent of a CPU)"u8),
        };
    }

    private static void WriteHeader(ShellContext context) => context.Terminal.WriteLine("Name                                ID Weight  Cap"u8);
}
