using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>mem</c>: the PC's memory, and what each domain holds of it.</summary>
public sealed class MemoryResult : DomainsResult
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "mem"u8;

    /// <inheritdoc/>
    protected override void Open(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        HostData.WriteMemory(writer, context);
        writer.Name("domains"u8);
        writer.OpenArray();
    }

    /// <inheritdoc/>
    protected override void Close(JsonWriter writer)
    {
        writer.CloseArray();
        writer.CloseObject();
    }

    /// <inheritdoc/>
    protected override void Write(ShellContext context, JsonWriter writer, Domain domain, int index)
    {
        writer.Member("memory"u8, domain.MemoryBytes);
        writer.Member("owned"u8, domain.IsAlive ? context.Host.Frames.BytesOwnedBy(domain.Slot) : 0);
    }
}
