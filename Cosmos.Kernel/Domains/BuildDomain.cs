using System;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Loaders;
using Multicosm.Domains.Policy;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Builds a domain in steps: check, allocate, load, start. Stops at the first thing that fails and says why in the domain's Reason.</summary>
public sealed class BuildDomain(HostServices host, Domain domain) : WorkItem
{
    private const ulong MiB = 1UL << 20;

    private readonly LinuxLoader _loader = new();
    private BuildPhase _phase;
    private BootModule? _kernel;
    private BootModule? _ramdisk;

    /// <summary>True if it is done because something failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Starts over.</summary>
    public void Begin()
    {
        IsDone = false;
        HasFailed = false;
        _phase = BuildPhase.Check;
    }

    /// <inheritdoc/>
    public override void Step()
    {
        switch (_phase)
        {
            case BuildPhase.Check:
                Check();
                break;
            case BuildPhase.Allocate:
                Allocate();
                break;
            case BuildPhase.Load:
                Load();
                break;
            case BuildPhase.Start:
                Start();
                break;
        }
    }

    private void Check()
    {
        if (!CheckBackend() || !TryFind("kernel"u8, domain.Configuration.Kernel.Value, out _kernel))
        {
            return;
        }

        _ramdisk = null;
        if (domain.Configuration.IsGiven(ConfigurationKey.Ramdisk) && !TryFind("ramdisk"u8, domain.Configuration.Ramdisk.Value, out _ramdisk))
        {
            return;
        }

        int ramdiskBytes = _ramdisk is null ? 0 : _ramdisk.Content.Length;
        LoadStatus status = _loader.Plan(_kernel!.Content, ramdiskBytes, domain.Configuration.EffectiveCommandLine.Length, domain.LowMemoryBytes, domain.HighMemoryBytes);
        if (status != LoadStatus.Success)
        {
            LoadMessages.Describe(domain.Reason, status, _kernel.Name, _loader);
            Fail();
            return;
        }

        if (host.Frames.FreeBytes < Quotas.MemoryBytes(host, domain))
        {
            FailForMemory();
        }
        else if (host.Backend.StartBuild(domain.Backend, domain.MemoryBytes, Domain.LowMemoryEnd) == BackendStatus.OutOfMemory)
        {
            FailForMemory();
        }
        else
        {
            _phase = BuildPhase.Allocate;
        }
    }

    private bool CheckBackend()
    {
        if (host.Backend.IsUsable)
        {
            return true;
        }

        domain.Reason.Write(domain.Configuration.Type == DomainType.Auto
            ? "type \"auto\" finds nothing that runs here: VT-x is not usable ("u8
            : "type \"hvm\" needs VT-x, which is not usable on this PC ("u8);
        domain.Reason.Write(host.Backend.UnusableReason);
        domain.Reason.Write(")"u8);
        if (domain.Configuration.Type == DomainType.Auto)
        {
            domain.Reason.Write(" and type \"pv\" is not built yet"u8);
        }

        Fail();
        return false;
    }

    private bool TryFind(ReadOnlySpan<byte> key, ReadOnlySpan<byte> path, out BootModule? module)
    {
        Span<byte> name = stackalloc byte[256];
        module = null;
        bool isPath = ModulePath.TryResolve(domain.File!.Name, path, name, out int length);
        if (isPath && ModuleCatalog.TryFind(host.Modules, name[..length], out module))
        {
            return true;
        }

        domain.Reason.Write(key);
        domain.Reason.Write(" \""u8);
        domain.Reason.Write(path);
        domain.Reason.Write("\" is not on this ISO"u8);
        Fail();
        return false;
    }

    private void Allocate()
    {
        switch (host.Backend.BuildStep(domain.Backend))
        {
            case BackendStatus.InProgress:
                break;
            case BackendStatus.Success:
                _loader.Begin(domain.Backend.Memory, _kernel!, _ramdisk, domain.Configuration);
                _phase = BuildPhase.Load;
                break;
            default:
                FailForMemory();
                break;
        }
    }

    private void Load()
    {
        switch (_loader.Step())
        {
            case LoadStatus.InProgress:
                break;
            case LoadStatus.Success:
                _phase = BuildPhase.Start;
                break;
            default:
                domain.Reason.Write("its memory could not be written"u8);
                Fail();
                break;
        }
    }

    private void Start()
    {
        Vcpu vcpu = domain.Vcpu;
        vcpu.Reset();
        domain.Timers.Reset();
        domain.Board.Reset(domain.LowMemoryBytes, domain.HighMemoryBytes);
        CpuidPolicy.Fill(vcpu.Cpuid, host.Cpuid, (uint)vcpu.Index, host.Backend.HasFastStrings);
        MsrRules.Fill(vcpu.Msrs, host.Cpuid, host.Backend.HasFastStrings);
        host.Backend.ResetVcpu(vcpu.Backend);
        vcpu.Apic.TscOffset = vcpu.Backend.TscOffset;
        _loader.FillState(out VcpuState state);
        host.Backend.Attach(vcpu.Backend);
        host.Backend.WriteState(vcpu.Backend, in state);
        host.Backend.Detach(vcpu.Backend);
        IsDone = true;
    }

    private void FailForMemory()
    {
        domain.Reason.Write("it needs "u8);
        domain.Reason.WriteNumber(domain.MemoryBytes / MiB);
        domain.Reason.Write(" MiB of memory and "u8);
        domain.Reason.WriteNumber(host.Frames.FreeBytes / MiB);
        domain.Reason.Write(" MiB are free"u8);
        Fail();
    }

    private void Fail()
    {
        HasFailed = true;
        IsDone = true;
    }
}
