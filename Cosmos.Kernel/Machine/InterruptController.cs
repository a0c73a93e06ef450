namespace Multicosm.Machine;

/// <summary>What a backend sees of a vCPU's interrupt controllers: whether a vector waits, and which.</summary>
public abstract class InterruptController
{
    private const uint Interrupt = 1;
    private const uint Nmi = 2;

    private uint _pending;

    /// <summary>True if an interrupt or an NMI waits: the one question that every entry asks.</summary>
    public bool HasPending => _pending != 0;

    /// <summary>True if <see cref="TryAcknowledge"/> would give a vector now. Kept up to date by the controllers.</summary>
    public bool IsPending
    {
        get => (_pending & Interrupt) != 0;
        protected set => _pending = value ? _pending | Interrupt : _pending & ~Interrupt;
    }

    /// <summary>True if an NMI waits. The backend clears it when it injects the NMI.</summary>
    public bool IsNmiPending
    {
        get => (_pending & Nmi) != 0;
        set => _pending = value ? _pending | Nmi : _pending & ~Nmi;
    }

    /// <summary>Takes the highest waiting vector into service, as the INTA cycle does; false if none waits.</summary>
    public abstract bool TryAcknowledge(out byte vector);
}
