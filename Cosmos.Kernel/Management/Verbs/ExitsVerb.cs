using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>exits NAME</c>: why a domain's vCPU left the guest, and how often.</summary>
public sealed class ExitsVerb : Verb
{
    private const int RowRoom = 128;
    private const int RowsPerPoll = 8;
    private const int NameColumns = 30;
    private const ulong BarColumns = 24;
    private const int NoReason = -1;

    private readonly ulong[] _counts = new ulong[ExitHistory.Reasons];
    private ulong _total;
    private VcpuBackend? _backend;
    private ulong _largest;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "exits"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show a domain's exits by reason, most frequent first"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          How often the domain left the guest since it started, for which reason, its share
          of all exits, and a bar as long as that.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "exits debian"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out Domain? domain))
        {
            return VerbStatus.Failed;
        }

        ExitHistory history = domain!.Vcpu.Backend.History;
        _backend = domain.Vcpu.Virtualization;
        _total = history.Total;
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] = history.CountOf(i);
        }

        int most = Largest();
        _largest = most == NoReason ? 0 : _counts[most];
        context.Terminal.WriteLine("Exit                                  Count  Share"u8);
        return Continue(context);
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        for (int i = 0; i < RowsPerPoll && context.Terminal.Room >= RowRoom; i++)
        {
            int reason = Largest();
            if (reason == NoReason)
            {
                WriteRow(context.Terminal, "all"u8, _total);
                context.Terminal.WriteLine(""u8);
                return VerbStatus.Done;
            }

            ReadOnlySpan<byte> name = _backend!.ExitName((uint)reason);
            WriteRow(context.Terminal, name.IsEmpty ? "without a name"u8 : name, _counts[reason]);
            WriteBar(context.Terminal, _counts[reason]);
            _counts[reason] = 0;
        }

        return VerbStatus.Running;
    }

    private int Largest()
    {
        int largest = NoReason;
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0 && (largest == NoReason || _counts[i] > _counts[largest]))
            {
                largest = i;
            }
        }

        return largest;
    }

    private void WriteRow(TextOutput output, ReadOnlySpan<byte> name, ulong count)
    {
        output.WritePadded(name, NameColumns);
        output.Write(" "u8);
        output.WriteNumber(count, 12);
        Figures.WriteTenths(output, Figures.ToPerMille(count, _total), 6);
        output.Write("%"u8);
    }

    private void WriteBar(TextOutput output, ulong count)
    {
        ulong columns = (ulong)((UInt128)count * BarColumns / _largest);
        output.Write(columns > 0 ? "  "u8 : ""u8);
        output.Write("########################"u8[..(int)columns]);
        output.WriteLine(""u8);
    }
}
