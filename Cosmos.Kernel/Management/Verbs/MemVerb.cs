using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>mem</c>: who has the PC's memory.</summary>
public sealed class MemVerb : DomainRowsVerb
{
    private const ulong MiB = 1UL << 20;
    private const ulong KiB = 1UL << 10;
    private const ulong FrameBytes = 4096;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "mem"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => default;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show who has this PC's memory"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          The memory in all; what is free; what the hypervisor has, with the files of the
          ISO (modules) and the arena, where its own objects live. Then, for each
          living domain, the memory that its guest sees, and all that it owns, page tables
          included.

        """u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, 0, "no arguments"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        _ = TrySelect(context, in parsed); // all
        WriteHost(context);
        context.Terminal.WriteLine("Name                                        ID   Mem(MiB)  Owned(KiB)"u8);
        return Continue(context);
    }

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Any;

    /// <inheritdoc/>
    protected override bool IsShown(Domain domain) => domain.IsAlive;

    /// <inheritdoc/>
    protected override bool WritePart(ShellContext context, Domain domain, int part)
    {
        WriteName(context.Terminal, domain, 40);
        context.Terminal.WriteNumber(domain.MemoryBytes / MiB, 10);
        context.Terminal.WriteNumber(context.Host.Frames.BytesOwnedBy(domain.Slot) / KiB, 12);
        context.Terminal.Write("\n"u8);
        return false;
    }

    private static void WriteHost(ShellContext context)
    {
        FrameSource frames = context.Host.Frames;
        ulong domains = 0;
        for (int i = 0; i < context.Manager.Domains.Count; i++)
        {
            domains += frames.BytesOwnedBy(context.Manager.Domains[i].Slot);
        }

        ulong modules = 0;
        for (int i = 0; i < context.Host.Modules.Length; i++)
        {
            modules += (ulong)context.Host.Modules[i].Content.Length;
        }

        Line(context, "total: "u8, frames.TotalBytes / KiB, " KiB\n"u8);
        Line(context, "free: "u8, frames.FreeBytes / KiB, " KiB ("u8);
        Line(context, ""u8, frames.FreeBytes / FrameBytes, " frames)\n"u8);
        Line(context, "domains: "u8, domains / KiB, " KiB\n"u8);
        Line(context, "host: "u8, (frames.TotalBytes - frames.FreeBytes - domains) / KiB, " KiB\n"u8);
        Line(context, "modules: "u8, modules / KiB, " KiB of the host's\n"u8);
        Line(context, "arena: "u8, context.Host.Window.UsedBytes, " bytes of the host's in use\n"u8);
    }

    private static void Line(ShellContext context, ReadOnlySpan<byte> before, ulong value, ReadOnlySpan<byte> behind)
    {
        context.Terminal.Write(before);
        context.Terminal.WriteNumber(value);
        context.Terminal.Write(behind);
    }
}
