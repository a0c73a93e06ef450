using System;
using Multicosm.Devices.Test;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Loaders;
using Multicosm.Domains.Policy;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Builds a domain in steps: check, allocate, load, start. Stops at the first thing that fails and says why in the domain's Reason.</summary>
public sealed class BuildDomain(HostServices host, Domain domain) : WorkItem
{
    private const ulong MiB = 1UL << 20;

    private readonly LinuxLoader _linuxLoader = new();
    private readonly PvhLoader _pvhLoader = new();
    private readonly MultibootLoader _multibootLoader = new();
    private readonly ParavirtLoader _paravirtLoader = new();
    private readonly ModuleSet _modules = new();
    private KernelLoader? _loader;
    private BuildPhase _phase;
    private BootModule? _kernel;

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
            case BuildPhase.Place:
                Place();
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

        bool needsElf = domain.IsParavirtual || domain.Configuration.Type == DomainType.Pvh;
        if (needsElf && !ElfFile.IsElf(_kernel!.Content) && !TryFindElf())
        {
            return;
        }

        ChooseLoader();
        if (!TryFindModules())
        {
            return;
        }

        if (!Plan())
        {
            Fail();
            return;
        }

        if (host.Frames.FreeBytes < Quotas.MemoryBytes(domain))
        {
            FailForMemory();
        }
        else if (domain.Vcpu.Virtualization.StartBuild(domain.Backend, domain.MemoryBytes, Domain.LowMemoryEnd) == BackendStatus.OutOfMemory)
        {
            FailForMemory();
        }
        else
        {
            _phase = BuildPhase.Allocate;
        }
    }

    private ReadOnlySpan<byte> ParavirtReason => host.Paravirt is null ? "this hypervisor is built without it"u8 : host.Paravirt.UnusableReason;

    private void ChooseLoader()
    {
        KernelKind kind = KernelProbe.Find(_kernel!.Content);
        _loader = kind == KernelKind.Multiboot && domain.Configuration.Type != DomainType.Pvh ? _multibootLoader
            : kind == KernelKind.Pvh || domain.Configuration.Type == DomainType.Pvh ? _pvhLoader : _linuxLoader;
    }

    private bool TryFindModules()
    {
        _modules.Clear();
        if (!domain.Configuration.IsGiven(ConfigurationKey.Ramdisk))
        {
            return true;
        }

        ReadOnlySpan<byte> value = domain.Configuration.Ramdisk.Value;
        ModuleList list = domain.IsParavirtual || _loader != _multibootLoader ? ModuleList.OfRamdisk(value) : ModuleList.OfModules(value);
        while (list.TryNext(out ReadOnlySpan<byte> path, out int start, out int length))
        {
            if (!TryFind("ramdisk"u8, path, out BootModule? module))
            {
                return false;
            }

            if (!_modules.TryAdd(module!, start, length))
            {
                domain.Reason.Write("ramdisk names more than 8 modules"u8);
                Fail();
                return false;
            }
        }

        return true;
    }

    private bool Plan()
    {
        int commandLineBytes = domain.Configuration.EffectiveCommandLine.Length;
        if (domain.IsParavirtual)
        {
            int ramdiskBytes = _modules.Count == 0 ? 0 : _modules.ContentOf(0).Length;
            LoadStatus paravirt = _paravirtLoader.Plan(_kernel!.Content, ramdiskBytes, commandLineBytes, host.Paravirt!.GuestBytes(domain.MemoryBytes), domain.Configuration.Vcpus);
            if (paravirt != LoadStatus.Success)
            {
                LoadMessages.Describe(domain.Reason, paravirt, _kernel.Name, _paravirtLoader.NeededBytes, (uint)ParavirtLoader.LongestCommandLine);
            }

            return paravirt == LoadStatus.Success;
        }

        LoadStatus status = _loader!.Plan(_kernel!.Content, _modules, commandLineBytes, domain.LowMemoryBytes, domain.HighMemoryBytes);
        if (status != LoadStatus.Success)
        {
            LoadMessages.Describe(domain.Reason, status, _kernel.Name, _loader.NeededBytes, _loader.CommandLineLimit);
        }

        return status == LoadStatus.Success;
    }

    // type "auto" takes VT-x where it is usable, else the paravirtual way.
    private bool CheckBackend()
    {
        DomainType type = domain.Configuration.Type;
        bool isParavirtual = type == DomainType.Pv || (type == DomainType.Auto && !host.Backend.IsUsable && host.Paravirt is { IsUsable: true });
        if (!isParavirtual && !host.Backend.IsUsable)
        {
            domain.Reason.Write(type == DomainType.Auto
                ? "type \"auto\" finds nothing that runs here: VT-x is not usable ("u8
                : type == DomainType.Pvh ? "type \"pvh\" needs VT-x, which is not usable on this PC ("u8
                : "type \"hvm\" needs VT-x, which is not usable on this PC ("u8);
            domain.Reason.Write(host.Backend.UnusableReason);
            domain.Reason.Write(type == DomainType.Auto ? "), nor is PV ("u8 : ")"u8);
            domain.Reason.Write(type == DomainType.Auto ? ParavirtReason : ""u8);
            domain.Reason.Write(type == DomainType.Auto ? ")"u8 : ""u8);
        }
        else if (isParavirtual && host.Paravirt is not { IsUsable: true })
        {
            domain.Reason.Write("type \"pv\" cannot run here: "u8);
            domain.Reason.Write(ParavirtReason);
        }
        else if (isParavirtual ? domain.Configuration.Vcpus > Domain.MaximumParavirtVcpus : domain.Configuration.Vcpus > 1)
        {
            domain.Reason.Write(isParavirtual ? "a paravirtual domain has at most 8 vcpus"u8 : "more than one of vcpus needs type \"pv\" so far"u8);
        }
        else if (isParavirtual && !domain.TryUseParavirt(host))
        {
            domain.Reason.Write("the hypervisor has no memory left for another paravirtual domain"u8);
        }
        else
        {
            if (!isParavirtual)
            {
                domain.UseHardware();
            }

            if (CheckCpu(isParavirtual))
            {
                return true;
            }
        }

        Fail();
        return false;
    }

    private bool CheckCpu(bool isParavirtual)
    {
        CpuModel model = domain.Configuration.Cpu;
        if (model == CpuModel.Host)
        {
            return true;
        }

        domain.Reason.Write("cpu \""u8);
        domain.Reason.Write(CpuModels.NameOf(model));
        if (isParavirtual)
        {
            domain.Reason.Write("\" needs VT-x: the programs of a paravirtual guest see this PC's own processor, so only \"host\" is possible"u8);
            return false;
        }

        domain.Reason.Write("\" has what this PC's processor lacks:"u8);
        if (CpuidPolicy.TryFindMissing(host.Cpuid, model, domain.Reason))
        {
            domain.Reason.Write("; choose an older one, or \"host\""u8);
            return false;
        }

        domain.Reason.Clear();
        return true;
    }

    // The composer puts the ELF file of a bzImage beside it: what unpacks it need not be in the hypervisor.
    private bool TryFindElf()
    {
        if (TryResolve(domain.Configuration.Kernel.Value, ".elf"u8, out BootModule? elf))
        {
            _kernel = elf;
            return true;
        }

        domain.Reason.Write("kernel \""u8);
        domain.Reason.Write(domain.Configuration.Kernel.Value);
        domain.Reason.Write(domain.IsParavirtual
            ? "\" cannot run without VT-x: it is not an ELF file, and mkiso found none with Xen notes in it"u8
            : "\" cannot run with type \"pvh\": it is not an ELF file, and mkiso found none with a PVH entry in it"u8);
        Fail();
        return false;
    }

    private bool TryResolve(ReadOnlySpan<byte> path, ReadOnlySpan<byte> suffix, out BootModule? module)
    {
        Span<byte> name = stackalloc byte[256];
        module = null;
        bool isPath = ModulePath.TryResolve(domain.File!.Name, path, name, out int length) && suffix.TryCopyTo(name[length..]);
        return isPath && ModuleCatalog.TryFind(host.Modules, name[..(length + suffix.Length)], out module);
    }

    private bool TryFind(ReadOnlySpan<byte> key, ReadOnlySpan<byte> path, out BootModule? module)
    {
        if (TryResolve(path, ""u8, out module))
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
        switch (domain.Vcpu.Virtualization.BuildStep(domain.Backend))
        {
            case BackendStatus.InProgress:
                break;
            case BackendStatus.Success:
                BeginLoad();
                _phase = BuildPhase.Load;
                break;
            default:
                FailForMemory();
                break;
        }
    }

    private void BeginLoad()
    {
        if (domain.IsParavirtual)
        {
            _paravirtLoader.Begin(domain.Backend.Memory, _kernel!, _modules);
        }
        else
        {
            _loader!.Begin(domain.Backend.Memory, _kernel!, _modules, domain.Configuration);
        }
    }

    private void Load()
    {
        switch (domain.IsParavirtual ? _paravirtLoader.Step() : _loader!.Step())
        {
            case LoadStatus.InProgress:
                break;
            case LoadStatus.Success:
                _phase = domain.IsParavirtual ? BuildPhase.Place : BuildPhase.Start;
                break;
            default:
                domain.Reason.Write("its memory could not be written"u8);
                Fail();
                break;
        }
    }

    private void Place()
    {
        switch (host.Paravirt!.PlaceImage(domain.Backend, in _paravirtLoader.Image, domain.Configuration.EffectiveCommandLine))
        {
            case BackendStatus.InProgress:
                break;
            case BackendStatus.Success:
                _phase = BuildPhase.Start;
                break;
            default:
                domain.Reason.Write("its memory has no room for the page tables: give memory 4 MiB more"u8);
                Fail();
                break;
        }
    }

    private void Start()
    {
        bool needsMemory = !domain.IsParavirtual && domain.Configuration.HasTestDevice;
        int emulatedBytes = domain.Configuration.HasTestMemory ? TestDevice.EmulatedBytes : 0;
        GuestPhysicalAddress first = new(TestDevice.MemoryAddress + (ulong)emulatedBytes);
        if (needsMemory && !host.Backend.TryAddMemory(domain.Backend, first, TestDevice.MemoryBytes - emulatedBytes))
        {
            FailForMemory();
            return;
        }

        domain.Timers.Reset();
        if (domain.IsParavirtual)
        {
            StartParavirtual();
        }
        else
        {
            StartHardware();
        }

        IsDone = true;
    }

    private void StartParavirtual()
    {
        for (int i = 0; i < domain.Vcpus.Count; i++)
        {
            domain.Vcpus[i].Reset();
            CpuidPolicy.FillParavirt(domain.Vcpus[i].Cpuid, host.Cpuid, (uint)i, host.Backend.HasFastStrings);
        }

        domain.Xen!.Start();
    }

    private void StartHardware()
    {
        Vcpu vcpu = domain.Vcpu;
        vcpu.Reset();
        domain.Board.Reset(domain.LowMemoryBytes, domain.HighMemoryBytes, domain.Configuration.HasTestDevice, domain.Configuration.HasTestMemory);
        CpuidPolicy.Fill(vcpu.Cpuid, host.Cpuid, (uint)vcpu.Index, host.Backend.HasFastStrings, domain.Configuration.Cpu);
        MsrRules.Fill(vcpu.Msrs, vcpu.Cpuid, host.Backend.HasFastStrings, domain.Configuration.IgnoresUnknownMsrs);
        host.Backend.ResetVcpu(vcpu.Backend);
        vcpu.Apic.TscOffset = vcpu.Backend.TscOffset;
        vcpu.Apic.AddressBits = (int)(vcpu.Cpuid.Lookup(0x80000008, 0).Eax & 0xFF);
        _loader!.FillState(out VcpuState state);
        host.Backend.Attach(vcpu.Backend);
        host.Backend.WriteState(vcpu.Backend, in state);
        host.Backend.Detach(vcpu.Backend);
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
