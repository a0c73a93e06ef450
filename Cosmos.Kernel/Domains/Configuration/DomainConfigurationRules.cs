using System;

namespace Multicosm.Domains.Configuration;

/// <summary>What a configuration must have and what cannot be done yet. Applied after the file and all assignments were read.</summary>
public static class DomainConfigurationRules
{
    /// <summary>
    /// Success; MissingKey (name, kernel); NotBuiltYet (more than one vCPU under VT-x). Warns about keys that are ignored.
    /// The result is also left in <paramref name="diagnostics"/>.
    /// </summary>
    public static ConfigurationStatus Check(DomainConfiguration configuration, ConfigurationDiagnostics diagnostics)
    {
        diagnostics.Clear();
        for (ConfigurationKey key = ConfigurationKey.Disk; key <= ConfigurationKey.Firmware; key++)
        {
            WarnIfGiven(configuration, key, ConfigurationWarning.NotBuiltYet, diagnostics);
        }

        if (configuration.HasViridian)
        {
            WarnIfGiven(configuration, ConfigurationKey.Viridian, ConfigurationWarning.OnlyRelaxedMsrs, diagnostics);
        }

        if (configuration.IsGiven(ConfigurationKey.CommandLine))
        {
            WarnIfGiven(configuration, ConfigurationKey.Extra, ConfigurationWarning.ReplacedByCommandLine, diagnostics);
        }

        if (!configuration.IsGiven(ConfigurationKey.Name))
        {
            return Refuse(ConfigurationStatus.MissingKey, configuration, ConfigurationKey.Name, default, diagnostics);
        }

        if (configuration.Vcpus > 1 && configuration.Type is (DomainType.Hvm or DomainType.Pvh))
        {
            return Refuse(ConfigurationStatus.NotBuiltYet, configuration, ConfigurationKey.Vcpus, default, diagnostics);
        }

        return configuration.IsGiven(ConfigurationKey.Kernel)
            ? ConfigurationStatus.Success
            : Refuse(ConfigurationStatus.MissingKey, configuration, ConfigurationKey.Kernel, default, diagnostics);
    }

    private static void WarnIfGiven(DomainConfiguration configuration, ConfigurationKey key, ConfigurationWarning warning, ConfigurationDiagnostics diagnostics)
    {
        if (configuration.IsGiven(key))
        {
            diagnostics.Warn(warning, key, configuration.LineOf(key));
        }
    }

    private static ConfigurationStatus Refuse(ConfigurationStatus status, DomainConfiguration configuration, ConfigurationKey key, ReadOnlySpan<byte> found, ConfigurationDiagnostics diagnostics)
        => diagnostics.Fail(status, key, configuration.LineOf(key), 0, found);
}
