namespace Multicosm.Domains.Configuration;

/// <summary>What is worth saying about a domain file that is nevertheless used.</summary>
public enum ConfigurationWarning : byte
{
    /// <summary>The key's part of the hypervisor is not built yet: the key is ignored.</summary>
    NotBuiltYet,

    /// <summary>The key was given before: the later one holds.</summary>
    GivenAgain,

    /// <summary>The key is one of xl's that has no meaning here, see <see cref="XenKeys"/>: it is ignored.</summary>
    NotSupported,

    /// <summary>Of <c>viridian</c> only what it does to model-specific registers is there.</summary>
    OnlyRelaxedMsrs,

    /// <summary><c>extra</c> is ignored because <c>cmdline</c> is there.</summary>
    ReplacedByCommandLine,
}
