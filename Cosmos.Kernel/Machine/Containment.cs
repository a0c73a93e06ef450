namespace Multicosm.Machine;

/// <summary>Runs work inside a containment frame: a fault in it unwinds to the frame instead of stopping the host.</summary>
public abstract class Containment
{
    /// <summary>Runs <paramref name="work"/>; false if it faulted, then <see cref="LastFault"/> says how.</summary>
    public abstract bool TryRun(ContainedWork work);

    /// <summary>The fault that the last failed <see cref="TryRun"/> met.</summary>
    public abstract ref readonly FaultRecord LastFault { get; }

    /// <summary>Name of the C# method at a code address in UTF-8 and the offset into it; empty if none is known.</summary>
    public abstract System.ReadOnlySpan<byte> MethodAt(ulong address, out ulong offset);
}
