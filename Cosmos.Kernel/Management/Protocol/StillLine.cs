using System;
using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>
/// What verbs read from while a machine is on the line, so that none takes requests for an answer: nothing, but for Ctrl-C once, after
/// <see cref="Stop"/>. Nothing is written to it.
/// </summary>
internal sealed class StillLine : HostLine
{
    private const byte Cancel = 3; // Ctrl-C

    private bool _stops;

    /// <inheritdoc/>
    public override int OutputRoom => 0;

    /// <summary>Lets a verb that waits read Ctrl-C.</summary>
    public void Stop() => _stops = true;

    /// <inheritdoc/>
    public override bool TryRead(out byte value)
    {
        bool stops = _stops;
        _stops = false;
        value = Cancel;
        return stops;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }
}
