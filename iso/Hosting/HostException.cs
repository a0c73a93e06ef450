using System;

namespace Multicosm.Hosting;

/// <summary>Something that the person at the keyboard can put right: the message is for them, the code is the program's.</summary>
public sealed class HostException : Exception
{
    /// <summary>Makes one.</summary>
    public HostException(int exitCode, string message)
        : base(message) => ExitCode = exitCode;

    /// <summary>See <see cref="Hosting.ExitCode"/>.</summary>
    public int ExitCode { get; }
}
