namespace Multicosm.Domains.Configuration;

/// <summary>The keys of a domain file. The names are xl.cfg's: see <see cref="ConfigurationKeys"/>.</summary>
public enum ConfigurationKey : byte
{
    /// <summary>No key, or one that is not known.</summary>
    None,

    /// <summary><c>name</c>: what the operator calls the domain.</summary>
    Name,

    /// <summary><c>type</c>: see <see cref="DomainType"/>.</summary>
    Type,

    /// <summary><c>kernel</c>: path of the kernel.</summary>
    Kernel,

    /// <summary><c>ramdisk</c>: path of the initial RAM disk.</summary>
    Ramdisk,

    /// <summary><c>extra</c>: the kernel's command line, by its older name.</summary>
    Extra,

    /// <summary><c>cmdline</c>: the kernel's command line; wins over <c>extra</c>.</summary>
    CommandLine,

    /// <summary><c>memory</c>, in MiB.</summary>
    Memory,

    /// <summary><c>vcpus</c>: number of virtual processors.</summary>
    Vcpus,

    /// <summary><c>cpu_weight</c>: share of the CPU in relation to the other domains'.</summary>
    CpuWeight,

    /// <summary><c>cap</c>: the most of the CPU that it may use, in percent of one.</summary>
    Cap,

    /// <summary><c>on_poweroff</c>: see <see cref="DomainEndAction"/>.</summary>
    OnPoweroff,

    /// <summary><c>on_reboot</c>: see <see cref="DomainEndAction"/>.</summary>
    OnReboot,

    /// <summary><c>on_crash</c>: see <see cref="DomainEndAction"/>.</summary>
    OnCrash,

    /// <summary><c>serial</c>: where the first serial port goes.</summary>
    Serial,

    /// <summary><c>testdev</c>: 1 for the devices that test programs ask for, 2 for their memory as a device, too.</summary>
    TestDevice,

    /// <summary><c>cpu</c>: the processor that the guest sees.</summary>
    Cpu,

    /// <summary><c>msr_relaxed</c>: 1 if model-specific registers that are not known read 0 and take writes.</summary>
    MsrRelaxed,

    /// <summary><c>viridian</c>: 1, or a list of interfaces that Windows knows.</summary>
    Viridian,

    /// <summary><c>disk</c>: a list of disks.</summary>
    Disk,

    /// <summary><c>vif</c>: a list of network interfaces.</summary>
    Vif,

    /// <summary><c>boot</c>: order of boot devices.</summary>
    Boot,

    /// <summary><c>firmware</c>: what starts a guest without a kernel.</summary>
    Firmware,
}
