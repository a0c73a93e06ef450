using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>list</c>: the domains, oldest first, those that ended with their reason.</summary>
/// <source>xl(1) "list"</source>
public sealed class ListVerb : Verb
{
    private const ulong MiB = 1UL << 20;
    private const int RowRoom = 640; // a row with the longest reason
    private const int RowsPerPoll = 4;

    private uint _lastId;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "list"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => default;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show the domains"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!arguments.IsEmpty)
        {
            return Refuse(context, "it takes no arguments"u8);
        }

        _lastId = 0;
        context.Terminal.WriteLine("Name                                        ID   Mem VCPUs  State       Time(s)  Reason"u8);
        return Continue(context);
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        for (int rows = 0; rows < RowsPerPoll && context.Terminal.Room >= RowRoom; rows++)
        {
            if (!TryNext(context.Manager.Domains, out Domain? domain))
            {
                return VerbStatus.Done;
            }

            _lastId = domain!.Id;
            WriteRow(context.Terminal, domain, context.Host.Clock.TicksPerSecond);
        }

        return VerbStatus.Running;
    }

    private bool TryNext(DomainTable domains, out Domain? next)
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

        return next is not null;
    }

    private static void WriteRow(TextOutput output, Domain domain, ulong ticksPerSecond)
    {
        ulong tenths = domain.CpuTicks / Math.Max(ticksPerSecond / 10, 1);
        output.WritePadded(domain.Name, 40);
        output.Write(" "u8);
        output.WriteNumber(domain.Id, 5);
        output.Write(" "u8);
        output.WriteNumber(domain.MemoryBytes / MiB, 5);
        output.Write(" "u8);
        output.WriteNumber(domain.Configuration.Vcpus, 5);
        output.Write("  "u8);
        output.WritePadded(DomainLifecycle.NameOf(domain.State), 10);
        output.WriteNumber(tenths / 10, 7);
        output.Write("."u8);
        output.WriteNumber(tenths % 10);
        output.Write(domain.Reason.IsEmpty ? ""u8 : "  "u8);
        output.WriteLine(domain.Reason.Text);
    }
}
