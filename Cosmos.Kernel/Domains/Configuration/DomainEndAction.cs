namespace Multicosm.Domains.Configuration;

/// <summary>What becomes of a domain that ended: the keys <c>on_poweroff</c>, <c>on_reboot</c> and <c>on_crash</c>.</summary>
public enum DomainEndAction : byte
{
    /// <summary>Its memory is freed; it stays in the list with its reason.</summary>
    Destroy,

    /// <summary>It is destroyed and created anew from the same configuration.</summary>
    Restart,

    /// <summary>It stays as it ended, memory and all, to be looked at.</summary>
    Preserve,
}
