using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>info</c>: what runs here, on what; <c>info NAME</c>: a domain.</summary>
public sealed class InfoVerb : Verb
{
    private const ulong MiB = 1UL << 20;
    private const ulong FrameBytes = 4096;
    private const ulong TicksPerTenth = 100_000;

    private Domain? _domain;
    private uint _generation;
    private int _part;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "info"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[NAME]"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show version, processor, memory, uptime and what this PC can do; with NAME, a domain"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          Without NAME: this PC and how it started, a line for each thing. With NAME: the
          domain, as "list -l" shows it.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "info debian"u8;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, 1, "one domain, or nothing"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        if (parsed.Count == 0)
        {
            WriteHost(context, context.Terminal);
            return VerbStatus.Done;
        }

        _part = 0;
        if (!context.TryFindDomain(Name, parsed[0], out _domain))
        {
            return VerbStatus.Failed;
        }

        _generation = _domain!.Generation;
        return Continue(context);
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        if (_domain!.Generation != _generation)
        {
            return RefuseGone(context);
        }

        if (context.Terminal.Room < DomainInfo.PartRoom)
        {
            return VerbStatus.Running;
        }

        _part++;
        return DomainInfo.WritePart(context, _domain, _part - 1) ? VerbStatus.Running : VerbStatus.Done;
    }

    private static void WriteHost(ShellContext context, TextOutput output)
    {
        output.Write("Multicosm: "u8);
        output.WriteLine(context.Info.Version);
        output.Write("CPU: "u8);
        output.WriteLine(context.Info.ProcessorName);
        output.Write("memory: "u8);
        output.WriteNumber(context.Host.Frames.TotalBytes / MiB);
        output.Write(" MiB total, "u8);
        output.WriteNumber(context.Host.Frames.FreeBytes / MiB);
        output.Write(" MiB free ("u8);
        output.WriteNumber(context.Host.Frames.FreeBytes / FrameBytes);
        output.Write(" frames)\narena: "u8);
        output.WriteNumber(context.Host.Window.UsedBytes);
        output.Write(" bytes used\nuptime: "u8);
        output.WriteNumber(context.Host.Clock.Now / context.Host.Clock.TicksPerSecond);
        output.WriteLine(" s"u8);
        context.Info.WriteBoot(output);
        WriteStart(output, context.Info);
        WriteBackend(output, "VT-x: "u8, context.Host.Backend);
        if (context.Host.Paravirt is not null)
        {
            WriteBackend(output, "PV: "u8, context.Host.Paravirt);
        }
    }

    // Both figures in ticks: an exact one for each part, and the whole for people.
    private static void WriteStart(TextOutput output, HostInfo info)
    {
        ulong tenths = (info.StartTicks + (TicksPerTenth / 2)) / TicksPerTenth;
        output.Write("start-up: "u8);
        output.WriteNumber(tenths / 10);
        output.Write("."u8);
        output.WriteNumber(tenths % 10);
        output.Write(" M ticks from the loader's hand-over to the prompt\nstart-up parts: "u8);
        for (int i = 0; i < info.StartPartCount; i++)
        {
            output.Write(i == 0 ? ""u8 : ", "u8);
            output.Write(info.StartPartName(i));
            output.Write(" "u8);
            output.WriteNumber(info.StartPartTicks(i));
        }

        output.WriteLine(""u8);
    }

    private static void WriteBackend(TextOutput output, ReadOnlySpan<byte> name, VcpuBackend backend)
    {
        output.Write(name);
        if (backend.IsUsable)
        {
            output.WriteLine("usable"u8);
            backend.WriteFeatures(output);
            return;
        }

        output.Write("not usable ("u8);
        output.Write(backend.UnusableReason);
        output.WriteLine(")"u8);
    }
}
