using System;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>info</c>: what runs here, on what.</summary>
public sealed class InfoVerb : Verb
{
    private const ulong MiB = 1UL << 20;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "info"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => default;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show version, processor, memory, uptime and what this PC can do"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!arguments.IsEmpty)
        {
            return Refuse(context, "it takes no arguments"u8);
        }

        TextOutput output = context.Terminal;
        output.Write("Multicosm: "u8);
        output.WriteLine(context.Info.Version);
        output.Write("CPU: "u8);
        output.WriteLine(context.Info.ProcessorName);
        output.Write("memory: "u8);
        output.WriteNumber(context.Host.Frames.TotalBytes / MiB);
        output.Write(" MiB total, "u8);
        output.WriteNumber(context.Host.Frames.FreeBytes / MiB);
        output.Write(" MiB free\nuptime: "u8);
        output.WriteNumber(context.Host.Clock.Now / context.Host.Clock.TicksPerSecond);
        output.Write(" s\nboot: "u8);
        output.WriteLine(context.Info.BootPath);
        WriteBackend(output, context.Host.Backend);
        return VerbStatus.Done;
    }

    private static void WriteBackend(TextOutput output, VcpuBackend backend)
    {
        output.Write("VT-x: "u8);
        if (backend.IsUsable)
        {
            output.WriteLine("usable"u8);
            return;
        }

        output.Write("not usable ("u8);
        output.Write(backend.UnusableReason);
        output.WriteLine(")"u8);
    }
}
