namespace Multicosm.Domains;

/// <summary>What the operator can do to a domain's board from outside.</summary>
/// <source>xl(1) "trigger"</source>
public enum DomainTrigger : byte
{
    /// <summary>A non-maskable interrupt for its first vCPU.</summary>
    Nmi,

    /// <summary>The reset button.</summary>
    Reset,

    /// <summary>The ACPI power button.</summary>
    Power,
}
