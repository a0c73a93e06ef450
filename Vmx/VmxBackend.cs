using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;
using Multicosm.Vmx.Apicv;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Emulation;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Ept;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx;

/// <summary>Runs unmodified guests by Intel's VT-x, with EPT and unrestricted guest.</summary>
public sealed unsafe partial class VmxBackend : VcpuBackend
{
    private const ulong Cr4Vmxe = 1 << 13;
    private const ulong Cr4OsXsave = 1 << 18;
    private const ulong Xcr0Supported = 0x207; // x87, SSE, AVX, PKRU
    private const int SweepRegions = 512;
    private const ulong SingleContext = 1;

    private readonly FrameAllocator _frames;
    private readonly HostInterrupts _interrupts;
    private readonly VmxCapabilities _capabilities;
    private readonly PermissionBitmaps? _bitmaps;
    private readonly ulong _largestXcr0;
    private readonly int _timerShift;
    private readonly bool _useApicv;
    private readonly StepTables _stepTables = new();
    private readonly GuestStep _step;
    private HostFrame _apicAccess;
    private bool _isStarted;
    private byte[] _failure = [];
    private readonly Mitigations _mitigations = new();
    private VmxVcpu? _current;
    private VmxDomain? _lastDomain;

    /// <summary>Reads this CPU's capabilities; <see cref="StartProcessor"/> then switches VMX operation on. Without <paramref name="useApicv"/> local APICs are emulated.</summary>
    public VmxBackend(FrameAllocator frames, HostInterrupts interrupts, bool useApicv)
    {
        _frames = frames;
        _interrupts = interrupts;
        _capabilities = new VmxCapabilities();
        bool hasXsave = (HostCpuid.Read(1, 0).Ecx & (1 << 26)) != 0;
        _largestXcr0 = hasXsave ? HostCpuid.Read(0xD, 0).Eax & Xcr0Supported : 0;
        _useApicv = useApicv && _capabilities.HasApicv;
        _timerShift = _capabilities.HasPreemptionTimer ? _capabilities.PreemptionTimerShift : NoTimer;
        ulong miscEnable = 0;
        HasFastStrings = CpuInstructions.TryReadMsr(VmxMsr.MiscEnable, &miscEnable) != 0 && (miscEnable & 1) != 0;
        _step = new GuestStep(_stepTables);
        _bitmaps = _capabilities.IsUsable ? new PermissionBitmaps(frames) : null;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "VT-x"u8;

    /// <inheritdoc/>
    public override bool IsUsable => _isStarted;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> UnusableReason => _failure.Length != 0 ? _failure : _capabilities.Reason;

    /// <inheritdoc/>
    public override bool HasFastStrings { get; }

    /// <inheritdoc/>
    public override void WriteFeatures(TextOutput output)
    {
        if (_isStarted)
        {
            output.WriteLine(_useApicv ? "APICv: in use"u8 : _capabilities.HasApicv ? "APICv: switched off; apicv=on uses it"u8 : "APICv: not there"u8);
            output.WriteLine(_capabilities.HasTprShadow ? "TPR shadow: in use"u8 : "TPR shadow: not there"u8);
            output.WriteLine(_capabilities.HasVpid ? "VPID: in use"u8 : "VPID: not there"u8);
            _mitigations.Write(output);
            output.WriteLine(_capabilities.HasPreemptionTimer ? "preemption timer: in use"u8 : "preemption timer: not there"u8);
        }
    }

    /// <inheritdoc/>
    public override BackendStatus StartProcessor()
    {
        if (!_capabilities.IsUsable)
        {
            return BackendStatus.Unusable;
        }

        if (_bitmaps is not { IsValid: true } || !_stepTables.TryStart(_frames) || !_frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame region))
        {
            return Fail(BackendStatus.OutOfMemory, "there is no memory for its tables"u8);
        }

        if (_useApicv)
        {
            if (!_frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out _apicAccess))
            {
                return Fail(BackendStatus.OutOfMemory, "there is no memory for its tables"u8);
            }

            DirectMap.Clear(_apicAccess.Address, 4096);
        }

        DirectMap.Clear(region.Address, 4096);
        *(uint*)DirectMap.Pointer(region.Address) = _capabilities.Revision;
        ulong xsave = _largestXcr0 != 0 ? Cr4OsXsave : 0;
        CpuInstructions.WriteCr4(CpuInstructions.ReadCr4() | Cr4Vmxe | _capabilities.Cr4Fixed | xsave);
        CpuInstructions.WriteCr0(CpuInstructions.ReadCr0() | _capabilities.Cr0Fixed);
        if (_largestXcr0 != 0 && CpuInstructions.TrySetXcr0(_largestXcr0) == 0)
        {
            return Fail(BackendStatus.Unusable, "XCR0 cannot be set"u8);
        }

        ulong address = region.Address.Value;
        _isStarted = VmxInstructions.VmxOn(&address) == 0;
        return _isStarted ? BackendStatus.Success : Fail(BackendStatus.Unusable, "VMX operation cannot be switched on"u8);
    }

    /// <summary>Leaves VT-x alone for good; <paramref name="reason"/> is a literal that the operator is told.</summary>
    public BackendStatus SwitchOff(ReadOnlySpan<byte> reason) => Fail(BackendStatus.Unusable, reason);

    /// <inheritdoc/>
    public override BackendDomain CreateDomain(int slot, TimerQueue timers, CharSink text) => new VmxDomain(slot, _frames, timers, _apicAccess, _step);

    /// <inheritdoc/>
    public override bool TryCreateApicRegisters([NotNullWhen(true)] out ApicRegisters? registers)
    {
        registers = _isStarted && _capabilities.HasTprShadow ? new VirtualApicPage(_apicAccess.Number != 0) : null;
        return registers is not null;
    }

    /// <inheritdoc/>
    public override BackendVcpu CreateVcpu(BackendDomain domain, int index, InterruptController interrupts, CpuidTable cpuid, MsrTable msrs)
    {
        VmxDomain owner = (VmxDomain)domain;
        VmxVcpu vcpu = new(owner, (ushort)(1 + (owner.Slot * 8) + index)) { Interrupts = interrupts, Cpuid = cpuid, Msrs = msrs };
        owner.Add(vcpu);
        return vcpu;
    }

    /// <inheritdoc/>
    public override bool TryAddMemory(BackendDomain domain, GuestPhysicalAddress address, int bytes) => ((VmxDomain)domain).Builder.TryAdd(address, (ulong)bytes);

    /// <inheritdoc/>
    public override BackendStatus StartBuild(BackendDomain domain, ulong memoryBytes, ulong lowMemoryEnd)
    {
        VmxDomain owner = (VmxDomain)domain;
        owner.SweepCursor = 0;
        return _isStarted ? owner.Builder.Start(memoryBytes, lowMemoryEnd) : BackendStatus.Unusable;
    }

    /// <inheritdoc/>
    public override ulong OverheadBytes(BackendDomain domain, ulong memoryBytes) => EptBuilder.OverheadBytes(memoryBytes, ((VmxDomain)domain).VcpuCount);

    /// <inheritdoc/>
    public override BackendStatus BuildStep(BackendDomain domain)
    {
        VmxDomain owner = (VmxDomain)domain;
        for (int i = 0; i < owner.VcpuCount; i++)
        {
            if (owner.Vcpu(i).VmcsAddress == 0 && !owner.Vcpu(i).TryAllocateFrames(_frames))
            {
                return BackendStatus.OutOfMemory;
            }
        }

        return owner.Builder.Step();
    }

    /// <inheritdoc/>
    public override void ResetVcpu(BackendVcpu vcpu)
    {
        VmxVcpu target = (VmxVcpu)vcpu;
        _current = null;
        _lastDomain = null; // the slot may have been another domain's
        *(uint*)DirectMap.Pointer(target.VmcsAddress) = _capabilities.Revision;
        if (VmxInstructions.VmClear((ulong*)Unsafe.AsPointer(ref target.VmcsAddress)) != 0)
        {
            PanicScreen.Halt("VMCLEAR failed"u8, target.VmcsAddress);
        }

        LoadVmcs(target);
        target.HasQueuedEvent = false;
        target.Completion = Completion.None;
        target.Code.Clear();
        target.Exit = default;
        target.History.Reset();
        target.TscAdjust = 0;
        target.TscOffset = 0 - CpuInstructions.ReadTimeStamp();
        target.Cr4Allowed = GuestFeatures.Cr4Allowed(target.Cpuid) & _capabilities.Cr4Known;
        target.Xcr0Allowed = GuestFeatures.Xcr0Allowed(target.Cpuid) & _largestXcr0;
        VcpuSwitch.Reset(target);
        VmcsSetup.Write(target, _capabilities, _bitmaps!);
        ApicVirtualization.Reset(target);
        target.PlaceApic();
        InvalidateTranslations(target);
    }

    /// <inheritdoc/>
    public override void Attach(BackendVcpu vcpu)
    {
        VmxVcpu target = (VmxVcpu)vcpu;
        LoadVmcs(target);
        VcpuSwitch.Load(target, _largestXcr0);
        _mitigations.OnAttach(_lastDomain != target.Domain);
        _lastDomain = target.Domain;
    }

    /// <inheritdoc/>
    public override void Detach(BackendVcpu vcpu)
    {
        VmxVcpu target = (VmxVcpu)vcpu;
        if (target.Registers == null || _current != target)
        {
            return;
        }

        VcpuSwitch.Save(target, _largestXcr0);
        _current = null;
    }

    /// <inheritdoc/>
    public override void ReadState(BackendVcpu vcpu, out VcpuState state)
    {
        LoadVmcs((VmxVcpu)vcpu);
        VcpuRegisters.Read((VmxVcpu)vcpu, out state);
    }

    /// <inheritdoc/>
    public override void ReadSystemState(BackendVcpu vcpu, out VcpuSystemState state)
    {
        LoadVmcs((VmxVcpu)vcpu);
        VcpuRegisters.ReadSystem((VmxVcpu)vcpu, out state);
    }

    /// <inheritdoc/>
    public override void WriteState(BackendVcpu vcpu, in VcpuState state) =>
        VcpuRegisters.Write((VmxVcpu)vcpu, in state, _capabilities.Cr4Fixed);

    /// <inheritdoc/>
    public override BackendStatus DestroyStep(BackendDomain domain)
    {
        VmxDomain owner = (VmxDomain)domain;
        for (int i = 0; i < owner.VcpuCount; i++)
        {
            Release(owner.Vcpu(i));
        }

        owner.Tables.Drop();
        int cursor = owner.SweepCursor;
        bool done = _frames.Sweep(owner.Owner, ref cursor, SweepRegions);
        owner.SweepCursor = done ? 0 : cursor;
        return done ? BackendStatus.Success : BackendStatus.InProgress;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ExitName(uint reason) => ExitNames.Of(reason);

    /// <inheritdoc/>
    public override void WriteExitArguments(TextOutput output, in ExitHistoryEntry entry, bool isAnswered) => ExitArgumentsText.Write(output, in entry, isAnswered);

    private BackendStatus Fail(BackendStatus status, ReadOnlySpan<byte> reason)
    {
        _failure = reason.ToArray(); // once, while the arena is open
        return status;
    }

    private void LoadVmcs(VmxVcpu target)
    {
        if (_current == target)
        {
            return;
        }

        ulong address = target.VmcsAddress;
        if (VmxInstructions.VmPtrLd(&address) != 0)
        {
            PanicScreen.Halt("VMPTRLD failed"u8, address);
        }

        _current = target;
    }

    /// <summary>Drops what the CPU remembers of an EPT.</summary>
    internal static void InvalidateEpt(ulong pointer)
    {
        ulong* descriptor = stackalloc ulong[2];
        descriptor[0] = pointer;
        descriptor[1] = 0;
        _ = VmxInstructions.InvEpt(SingleContext, descriptor); // VmxCapabilities has checked that this type exists
    }

    /// <summary>Drops the TLB entries of a vCPU, where the current VMCS tags them; else each entry and exit has dropped them.</summary>
    internal static void InvalidateVpid(ushort vpid)
    {
        if ((CurrentVmcs.Read(VmcsControl32.SecondaryProcessorBased) & (uint)SecondaryControls.EnableVpid) == 0)
        {
            return;
        }

        ulong* descriptor = stackalloc ulong[2];
        descriptor[0] = vpid;
        descriptor[1] = 0;
        _ = VmxInstructions.InvVpid(SingleContext, descriptor); // checked in VmxCapabilities
    }

    private static void InvalidateTranslations(VmxVcpu target)
    {
        InvalidateEpt(target.Domain.Tables.Pointer);
        InvalidateVpid(target.Vpid);
    }

    // A VMCS that the CPU still holds must be written back before its frame is another's.
    private void Release(VmxVcpu vcpu)
    {
        if (vcpu.VmcsAddress == 0)
        {
            return;
        }

        ulong address = vcpu.VmcsAddress;
        _ = VmxInstructions.VmClear(&address); // an address that VMPTRLD took cannot fail here
        if (_current == vcpu)
        {
            _current = null;
        }

        vcpu.DropFrames();
    }
}
