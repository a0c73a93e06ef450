using System;
using Multicosm.Hosting;

namespace Multicosm.Control;

/// <summary>The time that is left, from when this was made.</summary>
internal sealed class Deadline(int? seconds, int exitCode, string message)
{
    private readonly long _end = seconds is { } given ? Environment.TickCount64 + (given * 1000L) : long.MaxValue;

    /// <summary>No limit.</summary>
    public static Deadline Never { get; } = new(null, ControlExit.Timeout, "");

    /// <summary>How long to wait at most for one thing, of at most <paramref name="milliseconds"/>. Throws the message if no time is left.</summary>
    public int Limit(int milliseconds)
    {
        long left = _end - Environment.TickCount64;
        return left > 0 ? (int)Math.Min(left, milliseconds) : throw new HostException(exitCode, message);
    }
}
