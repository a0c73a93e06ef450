namespace Multicosm.Machine;

/// <summary>What a backend sees of a vCPU's interrupt controllers: whether a vector waits, and which.</summary>
public abstract class InterruptController
{
    /// <summary>True if <see cref="TryAcknowledge"/> would give a vector now. Kept up to date by the controllers, so that the exit path reads one field.</summary>
    public bool IsPending { get; protected set; }

    /// <summary>True if an NMI waits. The backend clears it when it injects the NMI.</summary>
    public bool IsNmiPending { get; set; }

    /// <summary>Takes the highest waiting vector into service, as the INTA cycle does; false if none waits.</summary>
    public abstract bool TryAcknowledge(out byte vector);
}
