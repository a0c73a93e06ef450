using System;
using Multicosm.Machine;
using Multicosm.Paravirt.Building;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Grants;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Paravirt.Memory;
using Multicosm.Paravirt.Traps;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt;

/// <summary>Runs guests that speak the Xen PV ABI, in ring 3 with their own page tables: on every 64-bit PC.</summary>
public sealed unsafe partial class ParavirtBackend : VcpuBackend
{
    private const ulong Cr4OsXsave = 1 << 18;
    private const ulong Cr4Smep = 1 << 20;
    private const ulong Cr4Smap = 1 << 21;
    private const ulong EferSyscall = 1;
    private const ulong Xcr0Supported = 7; // x87, SSE, AVX
    private const int SweepRegions = 512;
    private const int ReleasedMappings = 16;
    private const ushort ResetFpuControl = 0x37F;
    private const uint ResetMxcsr = 0x1F80;
    private const int MxcsrOffset = 24;
    private const ulong ResetFlags = 0x202;

    private readonly FrameAllocator _frames;
    private readonly HostInterrupts _interrupts;
    private readonly FrameTable _table;
    private readonly SharedMachineMap _machineMap;
    private readonly PvClock _clock;
    private readonly HypercallDispatch _dispatch;
    private readonly DomainDirectory _directory = new();
    private readonly LinearArguments _arguments = new();
    private readonly Mitigations _mitigations = new();
    private readonly ulong _entryAreaEntry;
    private readonly ulong _endFrame;
#if MULTICOSM_FAULT_DEVICE
    private readonly ulong[] _counts; // of all domains' memory checks
#endif
    private ulong _largestXcr0;
    private ulong _hostFeatures;
    private bool _isStarted;
    private PvDomain? _lastDomain;

    /// <summary>A backend over the host's memory; <see cref="StartProcessor"/> then makes this CPU able to run its guests.</summary>
    public ParavirtBackend(FrameAllocator frames, PageTables tables, HostInterrupts interrupts, MonotonicClock clock, WallClock wall)
    {
        _frames = frames;
        _interrupts = interrupts;
        _entryAreaEntry = tables.RootEntry(EntryArea.Slot);
        _endFrame = frames.EndFrame;
        _table = new FrameTable(HostWindow.Direct);
        _machineMap = new SharedMachineMap(_table);
        _clock = new PvClock(clock, wall, HasInvariantCounter());
        _dispatch = new HypercallDispatch(_directory);
#if MULTICOSM_FAULT_DEVICE
        _counts = new ulong[_endFrame];
#endif
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "PV"u8;

    /// <inheritdoc/>
    public override bool IsUsable => _isStarted;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> UnusableReason => _isStarted ? default : "there is no memory for its tables"u8;

    /// <inheritdoc/>
    public override void WriteFeatures(TextOutput output)
    {
        output.WriteLine("page tables: the hypervisor's own at every exit, a guest's has no mapping of it but the entry area"u8);
        output.WriteLine((_hostFeatures & Cr4Smep) != 0 ? "SMEP: in use"u8 : "SMEP: not there"u8);
        output.WriteLine((_hostFeatures & Cr4Smap) != 0 ? "SMAP: in use"u8 : "SMAP: not there"u8);
        output.WriteLine(_table.LeaksThroughNotPresent ? "L1 terminal fault: entries that are not present are made harmless"u8 : "L1 terminal fault: not needed"u8);
        _mitigations.Write(output);
    }

    /// <inheritdoc/>
    public override BackendStatus StartProcessor()
    {
        if (!_table.TryStart(_frames, _endFrame) || !_machineMap.TryStart(_frames))
        {
            return BackendStatus.OutOfMemory;
        }

        CpuidResult leaf7 = HostCpuid.Read(0, 0).Eax >= 7 ? HostCpuid.Read(7, 0) : default;
        _hostFeatures = ((leaf7.Ebx & (1 << 7)) != 0 ? Cr4Smep : 0) | ((leaf7.Ebx & (1 << 20)) != 0 ? Cr4Smap : 0);
        bool hasXsave = (HostCpuid.Read(1, 0).Ecx & (1 << 26)) != 0;
        CpuInstructions.WriteCr4(CpuInstructions.ReadCr4() | _hostFeatures | (hasXsave ? Cr4OsXsave : 0));
        _largestXcr0 = hasXsave ? HostCpuid.Read(0xD, 0).Eax & Xcr0Supported : 0;
        if (hasXsave && CpuInstructions.TrySetXcr0(_largestXcr0) == 0)
        {
            _largestXcr0 = 0;
        }

        _table.LeaksThroughNotPresent = _mitigations.LeaksThroughNotPresent;
        CpuInstructions.WriteMsr(PvMsr.Efer, CpuInstructions.ReadMsr(PvMsr.Efer) | EferSyscall);
        _isStarted = true;
        return BackendStatus.Success;
    }

    /// <inheritdoc/>
    public override BackendDomain CreateDomain(int slot, TimerQueue timers, CharSink text)
    {
        PvDomain domain = new(slot, new DomainMemory(_table, _machineMap, _frames, slot))
        {
            Clock = _clock,
            Timers = timers,
            Text = text,
            Guest = _arguments,
        };
        domain.RamBuilder = new RamBuilder(domain, _frames);
        domain.ImageBuilder = new ImageBuilder(domain);
#if MULTICOSM_FAULT_DEVICE
        domain.Check = new MemoryCheck(domain, _directory, _counts);
#endif
        return domain;
    }

    /// <inheritdoc/>
    public override BackendVcpu CreateVcpu(BackendDomain domain, int index, InterruptController interrupts, CpuidTable cpuid, MsrTable msrs)
    {
        PvDomain owner = (PvDomain)domain;
        PvVcpu vcpu = new(owner, index) { Interrupts = interrupts, Cpuid = cpuid, Msrs = msrs };
        owner.Add(vcpu);
        return vcpu;
    }

    /// <inheritdoc/>
    public override ulong OverheadBytes(BackendDomain domain, ulong memoryBytes) =>
        RamBuilder.OverheadBytes(memoryBytes, _endFrame * 4096, PvDomain.MaximumVcpus);

    /// <inheritdoc/>
    public override ulong GuestBytes(ulong memoryBytes) => memoryBytes - (DomainMemory.SpecialFrames * 4096UL);

    /// <inheritdoc/>
    public override BackendStatus StartBuild(BackendDomain domain, ulong memoryBytes, ulong lowMemoryEnd)
    {
        PvDomain owner = (PvDomain)domain;
        owner.SweepCursor = 0;
        owner.ImageBuilder!.Reset();
        return _isStarted ? owner.RamBuilder!.Start(memoryBytes, OverheadBytes(domain, memoryBytes)) : BackendStatus.Unusable;
    }

    /// <inheritdoc/>
    public override BackendStatus BuildStep(BackendDomain domain) => ((PvDomain)domain).RamBuilder!.Step(_entryAreaEntry);

    /// <inheritdoc/>
    public override BackendStatus PlaceImage(BackendDomain domain, in ParavirtImage image, ReadOnlySpan<byte> commandLine)
    {
        PvDomain owner = (PvDomain)domain;
        if (owner.SharedInfo == null && !TryBegin(owner, (int)image.Vcpus))
        {
            return BackendStatus.OutOfMemory;
        }

        BackendStatus status = owner.ImageBuilder!.Step(in image, commandLine);
        if (status == BackendStatus.Success)
        {
            StartFirst(owner, in image);
            _directory.Add(owner);
        }

        return status;
    }

    /// <inheritdoc/>
    public override void ResetVcpu(BackendVcpu vcpu) => ((PvVcpu)vcpu).Reset();

    /// <inheritdoc/>
    public override void Attach(BackendVcpu vcpu)
    {
        PvVcpu target = (PvVcpu)vcpu;
        _mitigations.OnAttach(_lastDomain != target.Domain);
        _lastDomain = target.Domain;
        PvSwitch.Load(target, _largestXcr0);
    }

    /// <inheritdoc/>
    public override void Detach(BackendVcpu vcpu)
    {
        PvVcpu target = (PvVcpu)vcpu;
        if (target.Registers == null)
        {
            return;
        }

        PvSwitch.Save(target, _largestXcr0);
        target.Runstate.OnPreempt();
    }

    /// <inheritdoc/>
    public override void ReadState(BackendVcpu vcpu, out VcpuState state) => PvState.Read((PvVcpu)vcpu, out state);

    /// <inheritdoc/>
    public override void ReadSystemState(BackendVcpu vcpu, out VcpuSystemState state) => PvState.ReadSystem((PvVcpu)vcpu, out state);

    /// <inheritdoc/>
    public override void WriteState(BackendVcpu vcpu, in VcpuState state)
    {
        // A PV vCPU starts as its builder or VCPUOP_initialise says.
    }

    /// <inheritdoc/>
    public override BackendStatus DestroyStep(BackendDomain domain)
    {
        PvDomain owner = (PvDomain)domain;
        if (owner.SharedInfo != null)
        {
            owner.Events.CloseAll(_directory);
            _directory.Remove(owner);
            owner.SharedInfo = null;
        }

        if (!GrantMapper.TryReleaseAll(owner, ReleasedMappings))
        {
            return BackendStatus.InProgress;
        }

        if (owner.Grants.MappedCount != 0)
        {
            owner.IsWoken = false; // the last one that unmaps a frame of its wakes it
            return BackendStatus.Waiting;
        }

        owner.Grants.Reset(0, null);

        if (!owner.Ram.TryReset(SweepRegions))
        {
            return BackendStatus.InProgress;
        }

        for (int i = 0; i < PvDomain.MaximumVcpus && owner.SweepCursor == 0; i++)
        {
            ReleaseRegisters(owner.VcpuOfSlot(i));
        }

        int cursor = owner.SweepCursor;
        bool done = _frames.Sweep(owner.Owner, ref cursor, SweepRegions);
        owner.SweepCursor = done ? 0 : cursor;
        return done ? BackendStatus.Success : BackendStatus.InProgress;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ExitName(uint reason) => PvExitNames.Of(reason);

    // The shared page, and a frame of registers and one of extended state a vCPU.
    private bool TryBegin(PvDomain owner, int vcpus)
    {
        owner.SharedInfo = owner.Ram.Window.Page(owner.Ram.SpecialFrame(0));
        owner.VcpuCount = vcpus;
        owner.Id = (ushort)(owner.Slot + 1);
        owner.Events.CloseAll(_directory);
        owner.Reset();
        for (int i = 0; i < vcpus; i++)
        {
            if (!_frames.TryAllocate(owner.Owner, PageSize.Size4K, out HostFrame registers) || !_frames.TryAllocate(owner.Owner, PageSize.Size4K, out HostFrame extended))
            {
                return false;
            }

            PvVcpu vcpu = owner.Vcpu(i);
            vcpu.Reset();
            vcpu.Registers = (PvRegisters*)DirectMap.Pointer(registers.Address);
            vcpu.ExtendedArea = DirectMap.Pointer(extended.Address);
            vcpu.Info = owner.SharedInfo + (i * SharedLayout.VcpuInfoSize);
            vcpu.Info[SharedLayout.UpcallMask] = 1;
            vcpu.TscOffset = 0;
            _clock.WriteTime(vcpu.Info + SharedLayout.Time);
            new Span<byte>(vcpu.Registers, 4096).Clear();
            new Span<byte>(vcpu.ExtendedArea, 4096).Clear();
            vcpu.Registers->ClearsBuffers = _mitigations.ClearsBuffers ? 1u : 0;
            *(ushort*)vcpu.Registers = ResetFpuControl;
            *(uint*)((byte*)vcpu.Registers + MxcsrOffset) = ResetMxcsr;
            *(uint*)((byte*)vcpu.ExtendedArea + MxcsrOffset) = ResetMxcsr;
        }

        HostFrame grants = owner.Ram.SpecialFrame(1);
        owner.Grants.Reset(grants.Number, owner.Ram.Window.Page(grants));
        _clock.WriteWallClock(owner.SharedInfo);
        return true;
    }

    private static void ReleaseRegisters(PvVcpu? vcpu)
    {
        if (vcpu is not null)
        {
            vcpu.Registers = null;
            vcpu.IsUp = false;
        }
    }

    private static void StartFirst(PvDomain owner, in ParavirtImage image)
    {
        ref readonly BootLayout layout = ref owner.ImageBuilder!.Layout;
        PvVcpu vcpu = owner.Vcpu(0);
        vcpu.KernelTable = owner.ImageBuilder.MachineAddress(layout.TableFrame);
        PvRegisters* registers = vcpu.Registers;
        registers->Rip = image.Entry;
        registers->Rsp = layout.VirtualBase + ((layout.StackFrame + 1) * 4096);
        registers->Rsi = layout.VirtualBase + (layout.StartInfoFrame * 4096);
        registers->Rflags = ResetFlags;
        registers->Cs = TrapDelivery.GuestCode;
        registers->Ss = TrapDelivery.GuestData;
        registers->Cr3 = vcpu.KernelTable;
        vcpu.KernelSs = TrapDelivery.GuestData;
        vcpu.KernelSp = registers->Rsp;
        vcpu.IsInitialised = true;
        vcpu.IsUp = true;
        vcpu.Runstate.OnUp();
    }

    private static bool HasInvariantCounter() =>
        HostCpuid.Read(0x80000000, 0).Eax >= 0x80000007 && (HostCpuid.Read(0x80000007, 0).Edx & (1 << 8)) != 0;
}
