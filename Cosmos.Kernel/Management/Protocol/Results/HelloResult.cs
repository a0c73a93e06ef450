using System;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>hello</c>: which hypervisor this is. A client that asks first knows by the "id" where the answers to others end and its own begin.</summary>
public sealed class HelloResult : ResultSource
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "hello"u8;

    /// <inheritdoc/>
    public override bool IsWholeAnswer => true;

    /// <inheritdoc/>
    public override bool TryBegin(ShellContext context, Request request) => true;

    /// <inheritdoc/>
    public override bool Continue(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        HostData.WriteVersion(writer, context);
        writer.CloseObject();
        return true;
    }
}
