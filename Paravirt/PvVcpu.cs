using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt;

/// <summary>The PV backend's part of a vCPU. Allocated once per slot; <see cref="Reset"/> makes it a new domain's.</summary>
internal sealed unsafe class PvVcpu(PvDomain domain, int index) : BackendVcpu
{
    private const int FoundPages = 32;

    private FoundTable _found;
    private TrapTable _traps;

    /// <summary>The domain that it belongs to.</summary>
    public PvDomain Domain { get; } = domain;

    /// <summary>Its number in the domain.</summary>
    public int Index { get; } = index;

    /// <summary>Its timers, and what it polls for.</summary>
    public VcpuTimers Timers { get; } = new(domain, index);

    /// <summary>How its time is spent.</summary>
    public Runstate Runstate { get; } = new(domain, index);

    /// <summary>The frame that the guest has moved its vcpu_info to, which holds a writable reference; the maximum if it has not.</summary>
    public ulong InfoFrame = ulong.MaxValue;

    /// <summary>The guest's registers; null until the domain is built.</summary>
    public PvRegisters* Registers;

    /// <summary>True while the guest's kernel runs, false while its user programs do: both in ring 3.</summary>
    public bool IsKernelMode
    {
        get => Registers->IsUser == 0;
        set => Registers->IsUser = value ? 0u : 1;
    }

    /// <summary>Physical address of the kernel's level-4 table; 0 if there is none yet.</summary>
    public ulong KernelTable
    {
        get;
        set
        {
            field = value;
            ShortWays.OnChange(this);
        }
    }

    /// <summary>Physical address of the user's level-4 table; 0 if there is none.</summary>
    public ulong UserTable
    {
        get;
        set
        {
            field = value;
            ShortWays.OnChange(this);
        }
    }

    /// <summary>Frames of its GDT and LDT.</summary>
    public DescriptorFrames Descriptors { get; } = new();

    /// <summary>Where its vcpu_info lies, as the hypervisor sees it: in the shared page, or where the guest has moved it.</summary>
    public byte* Info
    {
        get;
        set
        {
            field = value;
            ShortWays.OnChange(this);
        }
    }

    /// <summary>Selector of the stack for traps from user mode.</summary>
    public ulong KernelSs;

    /// <summary>Top of the stack for traps from user mode.</summary>
    public ulong KernelSp
    {
        get;
        set
        {
            field = value;
            ShortWays.OnChange(this);
        }
    }

    /// <summary>Callback addresses; 0 if there is none.</summary>
    public ulong EventAddress, FailsafeAddress, Syscall32Address, SysenterAddress;

    /// <summary>Callback for SYSCALL from user mode; 0 if there is none.</summary>
    public ulong SyscallAddress
    {
        get;
        set
        {
            field = value;
            ShortWays.OnChange(this);
        }
    }

    /// <summary>True if <see cref="SyscallAddress"/> masks events on entry.</summary>
    public bool SyscallMasks
    {
        get;
        set
        {
            field = value;
            ShortWays.OnChange(this);
        }
    }

    /// <summary>True if that callback masks events on entry.</summary>
    public bool FailsafeMasks, Syscall32Masks, SysenterMasks;

    /// <summary>Segment bases while the guest does not run. GsBase is the active one's, by <see cref="IsKernelMode"/>.</summary>
    public ulong FsBase, GsBase;

    /// <summary>The base of the GS that is not the active one's.</summary>
    public ulong InactiveGsBase
    {
        get => Registers->InactiveGsBase;
        set => Registers->InactiveGsBase = value;
    }

    /// <summary>The entry of level 1 that leads to the kernel's stack, what it is, and <see cref="PageTypes.Changes"/>, as the short ways know it; null if they are closed.</summary>
    public ulong* StackEntry;

    /// <summary>Belongs to <see cref="StackEntry"/>.</summary>
    public ulong StackRaw, StackChanges;

    /// <summary>Its kernel has made the hypercall iret: it is about to do so again.</summary>
    public bool HasReturned;

    /// <summary>Data segment selectors.</summary>
    public ushort Ds, Es, Fs, Gs;

    /// <summary>Where the extended state beyond x87 and SSE lies while the vCPU is detached.</summary>
    public void* ExtendedArea;

    /// <summary>Debug registers as the guest sees them.</summary>
    public ulong Dr0, Dr1, Dr2, Dr3, Dr6, Dr7;

    /// <summary>CR4 bits that the guest has set, of those that are its own.</summary>
    public ulong Cr4;

    /// <summary>XCR0 as the guest sees it; 1 at reset.</summary>
    public ulong Xcr0;

    /// <summary>The guest has set CR0.TS: its next x87 or SSE instruction raises #NM.</summary>
    public bool IsTaskSwitched
    {
        get => Registers->IsTaskSwitched != 0;
        set => Registers->IsTaskSwitched = value ? 1u : 0;
    }

    /// <summary>Virtual I/O privilege level, 0..3.</summary>
    public byte IoPrivilege;

    /// <summary>Linear address of the bitmap of I/O ports that its user mode may use, and how many ports it has; no port is there in any case.</summary>
    public ulong IoBitmap;

    /// <summary>Ports in <see cref="IoBitmap"/>.</summary>
    public uint IoBitmapPorts;

    /// <summary>True from an NMI's delivery to the next iret.</summary>
    public bool IsInNmi;

    /// <summary>True once it has a context (vCPU 0 at the start, others by VCPUOP_initialise).</summary>
    public bool IsInitialised;

    /// <summary>True while it is up: it may run.</summary>
    public bool IsUp;

    /// <summary>True while it waits for an event (SCHEDOP_block, SCHEDOP_poll).</summary>
    public bool IsBlocked;

    /// <summary>True while an NMI waits.</summary>
    public bool IsNmiPending;

    /// <summary>The place for a page, by a mixture of its address and its table's, among those that were found last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref FoundPage FoundPage(ulong mixture) => ref _found[(int)((mixture >> 12) ^ (mixture >> 17)) & (FoundPages - 1)];

    /// <summary>The page in which an instruction was looked at last.</summary>
    public FoundPage FoundCode = new() { Linear = 1 };

    /// <summary>The handler of trap <paramref name="vector"/>. Who changes it tells <see cref="ShortWays.OnChange"/>.</summary>
    public ref TrapEntry Trap(byte vector) => ref _traps[vector];

    /// <inheritdoc/>
    public override bool IsRunnable => IsUp && !IsBlocked;

    /// <inheritdoc/>
    public override bool IsOnline => IsUp;

    /// <inheritdoc/>
    public override ulong RunNanoseconds => Runstate.TimeRunning;

    /// <inheritdoc/>
    public override void RequestNmi()
    {
        IsNmiPending = true;
        EventChannels.Wake(this);
    }

    /// <summary>Forgets the trap table.</summary>
    public void ClearTraps()
    {
        _traps = default;
        ShortWays.OnChange(this);
    }

    /// <summary>Forgets the last domain: everything but what belongs to the slot.</summary>
    public void Reset()
    {
        _traps = default;
        Exit.Kind = VcpuExitKind.None;
        KernelTable = UserTable = 0;
        FoundCode = new FoundPage { Linear = 1 };
        for (int i = 0; i < FoundPages; i++)
        {
            _found[i] = new FoundPage { Linear = 1 };
        }

        KernelSs = KernelSp = 0;
        SyscallAddress = 0;
        SyscallMasks = false;
        EventAddress = FailsafeAddress = Syscall32Address = SysenterAddress = 0;
        FailsafeMasks = Syscall32Masks = SysenterMasks = false;
        FsBase = GsBase = 0;
        Ds = Es = Fs = Gs = 0;
        Dr0 = Dr1 = Dr2 = Dr3 = 0;
        Dr6 = 0xFFFF0FF0;
        Dr7 = 0x400;
        Cr4 = 0;
        Xcr0 = 1;
        IsInitialised = IsUp = IsBlocked = IsNmiPending = false;
        IoPrivilege = 0;
        IoBitmap = 0;
        IoBitmapPorts = 0;
        IsInNmi = false;
        Descriptors.Reset();
        InfoFrame = ulong.MaxValue;
        Timers.Reset();
        Runstate.Reset();
    }

    [InlineArray(FoundPages)]
    private struct FoundTable
    {
        private FoundPage _first;
    }

    [InlineArray(256)]
    private struct TrapTable
    {
        private TrapEntry _first;
    }
}
