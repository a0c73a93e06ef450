namespace Multicosm.Paravirt.Abi;

/// <summary>How a guest names domains.</summary>
/// <source>Xen headers "xen.h"</source>
internal static class DomainNumbers
{
    /// <summary>The name that a domain has for itself.</summary>
    public const ushort Self = 0x7FF0;

    /// <summary>True if <paramref name="number"/> means the caller.</summary>
    public static bool IsSelf(PvVcpu caller, ushort number) => number == Self || number == caller.Domain.Id;
}
