namespace Multicosm.Machine;

/// <summary>Who answers an access to a model-specific register.</summary>
public enum MsrPolicy : byte
{
    /// <summary>#GP(0).</summary>
    Fault,

    /// <summary>Reads give the row's initial value; writes are dropped.</summary>
    Constant,

    /// <summary>A value per vCPU: reads give the last one written; a write that sets a bit outside the row's mask is #GP(0).</summary>
    Stored,

    /// <summary>Processor state that the backend holds: EFER, PAT, the segment bases, SYSCALL registers, XSS.</summary>
    Backend,

    /// <summary>The local APIC: see <see cref="InterruptController.TryReadMsr"/>.</summary>
    Apic,
}
