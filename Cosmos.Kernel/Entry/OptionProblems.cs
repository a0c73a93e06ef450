using System;
using Multicosm.Machine;

namespace Multicosm.Entry;

/// <summary>Puts what is wrong with the hypervisor's options into the log as errors, which every console shows.</summary>
internal sealed class OptionProblems(HostLog log) : TextOutput
{
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text) => log.At(LogLevel.Error).Write(text);
}
