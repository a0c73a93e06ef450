using System;
using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>The serial line as a place for text that is ready to go: nothing is done to it.</summary>
public sealed class LineOutput(HostLine line) : TextOutput
{
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            line.Write(text);
        }
    }
}
