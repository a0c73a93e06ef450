using System;
using Multicosm.Domains.Policy;
using Multicosm.Domains.Scheduling;

namespace Multicosm.Domains.Configuration;

/// <summary>What a domain file says. Made once per domain slot and used again after <see cref="Reset"/>.</summary>
public sealed class DomainConfiguration
{
    /// <summary>The longest name, in bytes.</summary>
    public const int MaximumName = 63;

    /// <summary>The longest path, in bytes.</summary>
    public const int MaximumPath = 255;

    /// <summary>The longest command line, in bytes.</summary>
    public const int MaximumCommandLine = 2047;

    /// <summary>Memory when the file says nothing, in MiB.</summary>
    public const uint DefaultMemoryMiB = 128;

    /// <summary>The most memory that may be asked for, in MiB: 1 TiB.</summary>
    public const uint MaximumMemoryMiB = 1024 * 1024;

    /// <summary>The most virtual processors that may be asked for.</summary>
    public const uint MaximumVcpus = 128;

    /// <summary>The highest cap, in percent of one CPU.</summary>
    public const uint MaximumCap = 100 * MaximumVcpus;

    private readonly bool[] _given = new bool[ConfigurationKeys.Count];
    private readonly int[] _lines = new int[ConfigurationKeys.Count];

    /// <summary>Makes one in its reset state.</summary>
    public DomainConfiguration() => Reset();

    /// <summary><c>name</c>.</summary>
    public ConfigurationText Name { get; } = new(MaximumName);

    /// <summary><c>kernel</c>, as written; see <see cref="ModulePath"/>.</summary>
    public ConfigurationText Kernel { get; } = new(MaximumPath);

    /// <summary><c>ramdisk</c>, as written; empty if there is none.</summary>
    public ConfigurationText Ramdisk { get; } = new(MaximumPath);

    /// <summary><c>extra</c>; use <see cref="EffectiveCommandLine"/>.</summary>
    public ConfigurationText Extra { get; } = new(MaximumCommandLine);

    /// <summary><c>cmdline</c>; use <see cref="EffectiveCommandLine"/>.</summary>
    public ConfigurationText CommandLine { get; } = new(MaximumCommandLine);

    /// <summary>The kernel's command line: <c>cmdline</c> if it is there, else <c>extra</c>, else empty.</summary>
    public ReadOnlySpan<byte> EffectiveCommandLine => IsGiven(ConfigurationKey.CommandLine) ? CommandLine.Value : Extra.Value;

    /// <summary><c>type</c>; <see cref="DomainType.Auto"/> if the file says nothing.</summary>
    public DomainType Type { get; internal set; }

    /// <summary><c>memory</c> in MiB.</summary>
    public uint MemoryMiB { get; internal set; }

    /// <summary><c>vcpus</c>.</summary>
    public uint Vcpus { get; internal set; }

    /// <summary><c>cpu_weight</c>, 1..<see cref="SchedulingUnit.MaximumWeight"/>.</summary>
    public uint CpuWeight { get; internal set; }

    /// <summary><c>cap</c> in percent of one CPU; 0 for none.</summary>
    public uint CapPercent { get; internal set; }

    /// <summary><c>on_poweroff</c>; destroy if the file says nothing.</summary>
    public DomainEndAction OnPoweroff { get; internal set; }

    /// <summary><c>on_reboot</c>; restart if the file says nothing.</summary>
    public DomainEndAction OnReboot { get; internal set; }

    /// <summary><c>on_crash</c>; destroy if the file says nothing.</summary>
    public DomainEndAction OnCrash { get; internal set; }

    /// <summary><c>testdev</c>: the domain has the devices that test programs ask for.</summary>
    public bool HasTestDevice { get; internal set; }

    /// <summary><c>cpu</c>; <see cref="CpuModel.Host"/> if the file says nothing.</summary>
    public CpuModel Cpu { get; internal set; }

    /// <summary>True if model-specific registers that are not known read 0 and take writes: <c>msr_relaxed</c>, or <c>viridian</c>, which implies it.</summary>
    public bool IgnoresUnknownMsrs => HasRelaxedMsrs || HasViridian;

    /// <summary><c>msr_relaxed</c>.</summary>
    public bool HasRelaxedMsrs { get; internal set; }

    /// <summary><c>viridian</c>.</summary>
    public bool HasViridian { get; internal set; }

    /// <summary><c>testdev = 2</c>: a part of their memory is a device, too.</summary>
    public bool HasTestMemory { get; internal set; }

    /// <summary>How many disks the file lists.</summary>
    public int DiskCount { get; internal set; }

    /// <summary>How many network interfaces the file lists.</summary>
    public int VifCount { get; internal set; }

    /// <summary>Scratch for a string with its escapes resolved; valid until the next value is read.</summary>
    internal ConfigurationText Scratch { get; } = new(MaximumCommandLine);

    /// <summary>True if the file or an assignment gave <paramref name="key"/>.</summary>
    public bool IsGiven(ConfigurationKey key) => _given[(int)key];

    /// <summary>The line of the file that gave <paramref name="key"/>; 0 if it is not given or came from an assignment.</summary>
    public int LineOf(ConfigurationKey key) => _lines[(int)key];

    /// <summary>Back to a file that says nothing.</summary>
    public void Reset()
    {
        Array.Clear(_given);
        Array.Clear(_lines);
        Name.Reset();
        Kernel.Reset();
        Ramdisk.Reset();
        Extra.Reset();
        CommandLine.Reset();
        Type = DomainType.Auto;
        MemoryMiB = DefaultMemoryMiB;
        Vcpus = 1;
        CpuWeight = SchedulingUnit.DefaultWeight;
        CapPercent = 0;
        OnPoweroff = DomainEndAction.Destroy;
        OnReboot = DomainEndAction.Restart;
        OnCrash = DomainEndAction.Destroy;
        HasTestDevice = false;
        Cpu = CpuModel.Host;
        HasRelaxedMsrs = false;
        HasViridian = false;
        HasTestMemory = false;
        DiskCount = 0;
        VifCount = 0;
    }

    internal void Mark(ConfigurationKey key, int line)
    {
        _given[(int)key] = true;
        _lines[(int)key] = line;
    }

    internal void Unmark(ConfigurationKey key)
    {
        _given[(int)key] = false;
        _lines[(int)key] = 0;
    }
}
