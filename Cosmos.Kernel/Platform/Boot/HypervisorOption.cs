namespace Multicosm.Platform.Boot;

/// <summary>An option of the hypervisor's command line.</summary>
internal enum HypervisorOption : byte
{
    Serial,
    Autostart,
    Vtx,
    Apicv,
    LogLevel,
    Reboot,
    None,
}
