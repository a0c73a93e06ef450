using System;
using System.Runtime.CompilerServices;
using Multicosm.Devices.Bus;
using Multicosm.Devices.Legacy;
using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>
/// A vCPU's local APIC in xAPIC or x2APIC mode, and the place where all its interrupts come together. Its page can be moved to where no other
/// device is (#GP); moved to where RAM is, it is behind the RAM. No CMCI.
/// </summary>
/// <source>SDM 3A, "Advanced Programmable Interrupt Controller (APIC)"</source>
public sealed partial class LocalApic : InterruptController
{
    /// <summary>Guest physical address of the register page.</summary>
    public const ulong BaseAddress = 0xFEE0_0000;

    /// <summary>Size of the register page.</summary>
    public const ulong PageBytes = 0x1000;

    private const uint VersionValue = 0x0105_0014; // integrated APIC, six local vectors, EOI broadcasts can be suppressed
    private const uint SuppressBroadcasts = 0x1000;
    private const uint SoftwareEnable = 0x100;
    private const uint LvtMasked = 0x1_0000;
    private const uint LvtLevel = 0x8000;
    private const uint LvtRemoteIrr = 0x4000;
    private const uint ErrorSendIllegalVector = 0x20;
    private const uint ErrorReceiveIllegalVector = 0x40;
    private const uint ErrorIllegalRegister = 0x80;
    private const byte LowestLegalVector = 16;
    private const uint XApicBroadcast = 0xFF;

    private readonly ApicRegisters _registers;
    private readonly bool _isProcessorPage;
    private readonly ApicVectors _request;
    private readonly ApicVectors _inService;
    private readonly ApicVectors _levelTriggered;
    private readonly ApicTimer _timer;
    private Pic8259Pair? _pic;
    private MmioBus? _memory;
    private ulong _base = BaseAddress;
    private bool _isSwitchedOn; // the enable bit of the spurious-interrupt vector register
    private bool _isShared;
    private uint _errors;
    private ulong _tscOffset;
    private ulong _remoteIrr; // a bit for each register
    private bool _lint0;
    private bool _lint1;

    /// <summary>A local APIC with ID <paramref name="id"/> in power-on state; 0 is the bootstrap processor's.</summary>
    public LocalApic(uint id, ApicRegisters registers, MonotonicClock clock, TimerQueue timers)
    {
        Id = id;
        _registers = registers;
        _isProcessorPage = registers.IsProcessorPage;
        _request = new ApicVectors(registers, ApicRegister.InterruptRequest);
        _inService = new ApicVectors(registers, ApicRegister.InService);
        _levelTriggered = new ApicVectors(registers, ApicRegister.TriggerMode);
        _timer = new ApicTimer(this, clock, timers);
        Page = new LocalApicPage(this);
        ExternalInput = new Lint0Input(this);
        Reset();
    }

    /// <summary>The APIC ID.</summary>
    public uint Id { get; }

    /// <summary>Width of the processor's physical addresses in bits: the page lies below.</summary>
    public int AddressBits { get; set; } = 36;

    /// <summary>The register page for the MMIO bus: <see cref="PageBytes"/> at <see cref="BaseAddress"/>.</summary>
    public MmioDevice Page { get; }

    /// <summary>LINT0 as the output of an 8259 pair.</summary>
    public PicOutput ExternalInput { get; }

    /// <inheritdoc/>
    public override ulong TscOffset
    {
        get => _tscOffset;
        set
        {
            _tscOffset = value;
            _timer.MoveDeadline(value);
        }
    }

    /// <summary>Hertz at which the timer counts with a divisor of 1.</summary>
    public ulong TimerHertz => _timer.BusHertz;

    /// <inheritdoc/>
    public override ApicRegisters Registers => _registers;

    /// <inheritdoc/>
    public override bool IsShared => _isShared;

    /// <inheritdoc/>
    public override ulong PageAddress => IsEnabled && !IsX2Apic ? _base : NoPage;

    /// <inheritdoc/>
    public override int HighestRequest => IsSoftwareEnabled ? _request.Highest : -1;

    /// <inheritdoc/>
    public override int HighestInService => _inService.Highest;

    /// <summary>True if an interrupt can be delivered now, whoever delivers it.</summary>
    public bool IsDeliverable => IsExternalPending || DeliverableVector() >= 0;

    /// <summary>True if an INIT arrived that <see cref="ClearStartup"/> has not taken.</summary>
    public bool IsInitPending { get; private set; }

    /// <summary>True if a start-up message arrived that <see cref="ClearStartup"/> has not taken.</summary>
    public bool IsStartupPending { get; private set; }

    /// <summary>Page (address / 4096) of the last start-up message.</summary>
    public byte StartupPage { get; private set; }

    /// <summary>The task priority register, 0..255; CR8 is its bits 7:4.</summary>
    public byte TaskPriority
    {
        get => (byte)_registers.Read(ApicRegister.TaskPriority);
        set
        {
            _registers.Write(ApicRegister.TaskPriority, value);
            Update();
        }
    }

    /// <summary>True while the spurious-interrupt vector register enables the APIC.</summary>
    public bool IsSoftwareEnabled { get; private set; }

    /// <summary>PPR: interrupts need a higher class than its bits 7:4.</summary>
    public byte ProcessorPriority
    {
        get
        {
            uint task = _registers.Read(ApicRegister.TaskPriority) & 0xFF;
            int serving = Math.Max(_inService.Highest, 0) & 0xF0;
            return (byte)((task & 0xF0) >= serving ? task : (uint)serving);
        }
    }

    /// <summary>The bus to other APICs; set by <see cref="ApicBus.TryAdd(LocalApic)"/>.</summary>
    internal ApicBus? Bus { get; set; }

    /// <summary>Names the 8259 pair that an ExtINT vector comes from.</summary>
    public void ConnectPic(Pic8259Pair pic) => _pic = pic;

    /// <summary>Names the bus on which <see cref="Page"/> is, so that it can be moved.</summary>
    public void ConnectMemory(MmioBus memory) => _memory = memory;

    /// <summary>Power-on state: xAPIC mode, software-disabled, all local vectors masked. Wires keep their level.</summary>
    public void Reset()
    {
        IsEnabled = true;
        IsX2Apic = false;
        _ = TryMove(BaseAddress); // it was there before
        IsInitPending = false;
        IsStartupPending = false;
        StartupPage = 0;
        IsNmiPending = false;
        ResetRegisters();
    }

    /// <summary>What firmware leaves on the bootstrap processor: enabled, LINT0 takes the 8259's interrupts, LINT1 is NMI.</summary>
    /// <source>MultiProcessor Specification 1.4, "Virtual Wire Mode"</source>
    public void SetVirtualWire()
    {
        WriteSpuriousVector(SoftwareEnable | 0xFF);
        _registers.Write(ApicRegister.LvtLint0, (uint)ApicDeliveryMode.ExtInt << 8);
        _registers.Write(ApicRegister.LvtLint1, (uint)ApicDeliveryMode.Nmi << 8);
        Update();
    }

    /// <summary>Takes note that the board has acted on INIT and start-up messages.</summary>
    public void ClearStartup()
    {
        IsInitPending = false;
        IsStartupPending = false;
    }

    /// <summary>The level of LINT0, to which the 8259 pair's INTR is wired.</summary>
    public void SetExternalInterrupt(bool asserted)
    {
        if (asserted != _lint0)
        {
            _lint0 = asserted;
            OnLint(ApicRegister.LvtLint0, asserted, rises: asserted);
        }
    }

    /// <summary>The level of LINT1, to which a PC wires NMI.</summary>
    public void SetLint1(bool asserted)
    {
        if (asserted != _lint1)
        {
            _lint1 = asserted;
            OnLint(ApicRegister.LvtLint1, asserted, rises: asserted);
        }
    }

    /// <inheritdoc/>
    public override bool TryAcknowledge(out byte vector)
    {
        if (IsExternalPending && _pic is not null)
        {
            vector = _pic.Acknowledge();
            Update();
            return true;
        }

        int highest = _isShared ? -1 : DeliverableVector();
        vector = (byte)Math.Max(highest, 0);
        if (highest < 0)
        {
            Update(); // the guest has raised its task priority since
            return false;
        }

        _request.Remove(vector);
        _inService.Add(vector);
        Update();
        return true;
    }

    /// <inheritdoc/>
    public override void LookAtTaskPriority() => Update();

    /// <summary>True if <paramref name="message"/> names this APIC.</summary>
    internal bool IsTarget(in ApicMessage message)
    {
        uint destination = message.Destination;
        if (!message.IsLogical)
        {
            return destination == Id || destination == ApicMessage.Broadcast;
        }

        uint logical = _registers.Read(ApicRegister.LogicalDestination);
        if (IsX2Apic)
        {
            bool sameCluster = (destination >> 16) == (logical >> 16) || destination == ApicMessage.Broadcast;
            return sameCluster && (destination & logical & 0xFFFF) != 0;
        }

        if (destination == XApicBroadcast)
        {
            return true; // to all, in either model
        }

        logical >>= 24;
        bool isFlat = _registers.Read(ApicRegister.DestinationFormat) >> 28 == 0xF;
        return isFlat
            ? (destination & logical & 0xFF) != 0
            : ((destination ^ logical) & 0xF0) == 0 && (destination & logical & 0x0F) != 0;
    }

    /// <summary>Takes a message; false if the APIC is software-disabled and the message is an ordinary interrupt.</summary>
    internal bool Receive(in ApicMessage message)
    {
        switch (message.Mode)
        {
            case ApicDeliveryMode.Fixed or ApicDeliveryMode.LowestPriority:
                return Accept(message.Vector, message.IsLevel);
            case ApicDeliveryMode.Nmi:
                IsNmiPending = true;
                break;
            case ApicDeliveryMode.Init:
                IsInitPending = true;
                IsStartupPending = false;
                break;
            case ApicDeliveryMode.StartUp:
                IsStartupPending = true;
                StartupPage = message.Vector;
                break;
            default:
                break;
        }

        return true;
    }

    /// <summary>The timer fired.</summary>
    internal void OnTimer()
    {
        uint entry = _registers.Read(ApicRegister.LvtTimer); // it has no delivery mode: always fixed and by edge
        if ((entry & LvtMasked) == 0)
        {
            _ = Accept((byte)entry, isLevel: false); // refused while software-disabled, when it is masked anyway
        }
    }

    private bool IsExternalPending => _lint0 && IsExternalOpen;

    // A disabled APIC is as if it were not there: LINT0 is the processor's INTR pin.
    private bool IsExternalOpen =>
        !IsEnabled || (_registers.Read(ApicRegister.LvtLint0) & (LvtMasked | 0x700)) == (uint)ApicDeliveryMode.ExtInt << 8;

    // After each change of mode, and of the enable bit.
    private void UpdateMode()
    {
        IsSoftwareEnabled = IsEnabled && _isSwitchedOn;
        _isShared = _isProcessorPage && IsSoftwareEnabled && !IsX2Apic && _base == BaseAddress;
        HasChanged |= _isProcessorPage; // a processor would take interrupts for an APIC that is off
    }

    private void Update()
    {
        if (_isShared)
        {
            SetPending(IsExternalPending, 0);
            HasChanged = true;
            return;
        }

        int unserved = UnservedVector() >> 4;
        if (unserved < 0)
        {
            SetPending(IsExternalPending, 0);
            return;
        }

        bool isHeldBack = unserved <= TaskClass;
        SetPending(!isHeldBack || IsExternalPending, isHeldBack ? unserved : 0);
    }

    private int TaskClass
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)_registers.Read(ApicRegister.TaskPriority) >> 4 & 0xF;
    }

    // The highest request of a class above what is in service, or -1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int UnservedVector()
    {
        int highest = _request.Highest;
        return highest >= 0 && IsSoftwareEnabled && highest >> 4 > _inService.Highest >> 4 ? highest : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int DeliverableVector()
    {
        int unserved = UnservedVector();
        return unserved >> 4 > TaskClass ? unserved : -1;
    }

    // False if the interrupt may be offered again later: the APIC is software-disabled.
    private bool Accept(byte vector, bool isLevel)
    {
        if (!IsSoftwareEnabled)
        {
            return false;
        }

        if (vector < LowestLegalVector)
        {
            RaiseError(ErrorReceiveIllegalVector);
            return true;
        }

        _request.Add(vector);
        if (isLevel)
        {
            _levelTriggered.Add(vector);
        }
        else if (_levelTriggered.Contains(vector))
        {
            _levelTriggered.Remove(vector);
        }

        Update();
        return true;
    }

    private void EndOfInterrupt()
    {
        int highest = _inService.Highest;
        if (highest >= 0)
        {
            _inService.Remove((byte)highest);
            OnEndOfInterrupt((byte)highest);
        }
    }

    /// <inheritdoc/>
    public override void OnEndOfInterrupt(byte vector)
    {
        if (_levelTriggered.Contains(vector))
        {
            if ((_registers.Read(ApicRegister.SpuriousVector) & SuppressBroadcasts) == 0)
            {
                Bus?.BroadcastEndOfInterrupt(vector);
            }

            EndLint(ApicRegister.LvtLint0, _lint0, vector);
            EndLint(ApicRegister.LvtLint1, _lint1, vector);
        }

        Update();
    }

    private void RaiseError(uint error)
    {
        // An error that is already noted is not reported again, so that an error vector that is itself illegal ends here.
        if ((_errors & error) == 0)
        {
            _errors |= error;
            DeliverLocal(ApicRegister.LvtError);
        }
    }

    private sealed class Lint0Input(LocalApic owner) : PicOutput
    {
        public override void SetInterrupt(bool asserted) => owner.SetExternalInterrupt(asserted);
    }
}
