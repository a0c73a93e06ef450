using System;
using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Platform.Memory;
using Multicosm.Vmx.Apicv;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Emulation;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx;

/// <summary>VT-x's part of a vCPU. Its VMCS, register frame and XSAVE area are frames of its domain.</summary>
internal sealed unsafe class VmxVcpu : BackendVcpu
{
    /// <summary>Numbers of general registers as instructions encode them.</summary>
    public const int Rsp = 4;

    /// <summary>The most frames that a vCPU takes: VMCS, registers, XSAVE area, virtual-APIC page.</summary>
    public const ulong Frames = 4;

    private const uint BlockingByStiOrMovSs = 3;
    private const ulong TrapFlag = 1 << 8;
    private const ulong ResumeFlag = 1 << 16;
    private const ulong SingleStep = 1 << 14;
    private const ulong BranchStep = 1 << 1;

    /// <summary>A vCPU of <paramref name="domain"/> without frames: the arena must be open.</summary>
    public VmxVcpu(VmxDomain domain, ushort vpid)
    {
        Domain = domain;
        Vpid = vpid;
        Code = new CodeReader(this);
        Processor = new VmxProcessor(this);
    }

    /// <summary>Its domain.</summary>
    public VmxDomain Domain { get; }

    /// <summary>Tag of its TLB entries, not 0.</summary>
    public ushort Vpid { get; }

    /// <summary>Physical address of the VMCS, in memory for VMPTRLD and VMCLEAR.</summary>
    public ulong VmcsAddress;

    /// <summary>Registers that vmx_enter handles.</summary>
    public GuestRegisters* Registers { get; private set; }

    /// <summary>XSAVE area while detached.</summary>
    public void* ExtendedArea { get; private set; }

    /// <summary>Primary controls as the VMCS holds them.</summary>
    public uint Primary { get; set; }

    /// <summary>True while the processor handles the local APIC's registers.</summary>
    public bool IsApicShared { get; set; }

    /// <summary>True if an event is queued in the VMCS for the next entry.</summary>
    public bool HasQueuedEvent { get; set; }

    /// <summary>What Complete has to do.</summary>
    public Completion Completion { get; set; }

    /// <summary>Fetches the instructions that are emulated.</summary>
    public CodeReader Code { get; }

    /// <summary>Executes them.</summary>
    public VmxProcessor Processor { get; }

    /// <summary>Number of the register that waits for a value.</summary>
    public int Register { get; set; }

    /// <summary>CR4 bits that this guest may set, from its CPUID.</summary>
    public ulong Cr4Allowed { get; set; }

    /// <summary>XCR0 bits that this guest may set, from its CPUID; 0 without XSAVE.</summary>
    public ulong Xcr0Allowed { get; set; }

    /// <summary>Last value written to IA32_TSC_ADJUST.</summary>
    public ulong TscAdjust { get; set; }

    /// <summary>Takes the frames that a vCPU needs; false if there are none.</summary>
    public bool TryAllocateFrames(FrameAllocator frames)
    {
        if (!frames.TryAllocate(Domain.Owner, PageSize.Size4K, out HostFrame vmcs)
            || !frames.TryAllocate(Domain.Owner, PageSize.Size4K, out HostFrame registers)
            || !frames.TryAllocate(Domain.Owner, PageSize.Size4K, out HostFrame extended))
        {
            return false;
        }

        if (Interrupts.Registers is VirtualApicPage page)
        {
            if (!frames.TryAllocate(Domain.Owner, PageSize.Size4K, out HostFrame apic))
            {
                return false;
            }

            page.Attach(apic);
        }

        DirectMap.Clear(vmcs.Address, 4096);
        DirectMap.Clear(registers.Address, 4096);
        DirectMap.Clear(extended.Address, 4096);
        VmcsAddress = vmcs.Address.Value;
        Registers = (GuestRegisters*)DirectMap.Pointer(registers.Address);
        ExtendedArea = DirectMap.Pointer(extended.Address);
        return true;
    }

    /// <summary>Forgets the frames: they belong to the domain that is being destroyed.</summary>
    public void DropFrames()
    {
        if (Interrupts.Registers is VirtualApicPage page)
        {
            page.Detach();
        }

        VmcsAddress = 0;
        Registers = null;
        ExtendedArea = null;
    }

    /// <summary>The local APIC is where its base register says, over what RAM there is.</summary>
    public void PlaceApic()
    {
        if (Domain.Tables.Cover(new GuestPhysicalAddress(Interrupts.PageAddress)))
        {
            Code.Clear();
            VmxBackend.InvalidateEpt(Domain.Tables.Pointer);
        }
    }

    /// <summary>General register <paramref name="number"/> (0 = RAX .. 15 = R15).</summary>
    public ulong ReadRegister(int number) => number == Rsp ? CurrentVmcs.Read(VmcsGuestNatural.Rsp) : *Slot(number);

    /// <summary>Sets a general register.</summary>
    public void WriteRegister(int number, ulong value)
    {
        if (number == Rsp)
        {
            CurrentVmcs.Write(VmcsGuestNatural.Rsp, value);
        }
        else
        {
            *Slot(number) = value;
        }
    }

    /// <summary>Sets the low <paramref name="sizeBytes"/> of a register as an instruction does: 4 bytes clear the upper half.</summary>
    public void WriteRegister(int number, int sizeBytes, ulong value)
    {
        ulong old = ReadRegister(number);
        WriteRegister(number, sizeBytes switch
        {
            1 => (old & ~0xFFUL) | (byte)value,
            2 => (old & ~0xFFFFUL) | (ushort)value,
            4 => (uint)value,
            _ => value,
        });
    }

    /// <summary>Goes on behind an instruction whose length the exit gave; <paramref name="registers"/> are this vCPU's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(GuestRegisters* registers) => Advance(registers, registers->InstructionLength);

    /// <summary>Goes on behind a decoded instruction; <paramref name="registers"/> are this vCPU's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(GuestRegisters* registers, ulong length)
    {
        ulong old = registers->Rip;
        ulong next = old + length;
        registers->Rip = next; // vmx_enter writes it to the VMCS
        if ((old ^ next) >> 32 != 0 || (registers->Interruptibility & BlockingByStiOrMovSs) != 0 || (registers->Rflags & (TrapFlag | ResumeFlag)) != 0)
        {
            FinishInstruction(old, next);
        }
    }

    /// <summary>Goes on behind a decoded instruction.</summary>
    public void Advance(ulong length) => Advance(Registers, length);

    /// <summary>True in a 64-bit code segment.</summary>
    public bool Is64BitCode
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (CurrentVmcs.Read(VmcsGuest32.CsAccessRights) & (1 << 13)) != 0
            && (CurrentVmcs.Read(VmcsControl32.Entry) & (uint)EntryControls.Ia32eModeGuest) != 0;
    }

    /// <summary>Asks for an answer.</summary>
    public ExitAction Ask(VcpuExitKind kind, ulong address, int sizeBytes, ulong value, Completion completion)
    {
        Exit.Kind = kind;
        Exit.Address = address;
        Exit.SizeBytes = (byte)sizeBytes;
        Exit.Value = value;
        ref ExitArguments arguments = ref History.LatestArguments;
        arguments.Address = address;
        arguments.Value = value;
        Reply = default;
        Completion = completion;
        return ExitAction.Forward;
    }

    /// <summary>Ends the domain: reason and a sentence of detail.</summary>
    public ExitAction Fail(CrashReason reason, ReadOnlySpan<byte> detail)
    {
        Crash.Reset();
        Crash.Reason = reason;
        Crash.AppendDetail(detail);
        Exit.Kind = VcpuExitKind.Crash;
        Exit.Reason = reason;
        return ExitAction.Crash;
    }

    /// <summary>An element of a repeated string instruction is done and more are left: it goes on at the same RIP, past its own breakpoint.</summary>
    public void FinishElement()
    {
        CloseShadow();
        Registers->Rflags |= ResumeFlag;
        CurrentVmcs.Write(VmcsGuestNatural.Rflags, Registers->Rflags);
        SetSingleStep();
    }

    /// <summary>A branch is done: with TF a single step is due behind it, whatever BTF says.</summary>
    public void SetBranchStep()
    {
        if ((Registers->Rflags & TrapFlag) != 0)
        {
            ulong pending = CurrentVmcs.Read(VmcsGuestNatural.PendingDebugExceptions);
            CurrentVmcs.Write(VmcsGuestNatural.PendingDebugExceptions, pending | SingleStep);
        }
    }

    // The rare rest of an instruction: RIP that wraps, the shadow of STI and MOV SS, RF, and a single step that is due.
    private void FinishInstruction(ulong old, ulong next)
    {
        if (old >> 32 == 0 && next >> 32 != 0 && !Is64BitCode)
        {
            Registers->Rip = (uint)next;
        }

        CloseShadow();
        if ((Registers->Rflags & ResumeFlag) != 0)
        {
            Registers->Rflags &= ~ResumeFlag; // a fault-like exit saved it as 1; a completed instruction clears it
            CurrentVmcs.Write(VmcsGuestNatural.Rflags, Registers->Rflags);
        }

        SetSingleStep();
    }

    private void CloseShadow()
    {
        if ((Registers->Interruptibility & BlockingByStiOrMovSs) != 0)
        {
            Registers->Interruptibility = CurrentVmcs.Read(VmcsGuest32.Interruptibility) & ~BlockingByStiOrMovSs;
            CurrentVmcs.Write(VmcsGuest32.Interruptibility, (uint)Registers->Interruptibility);
        }
    }

    // With BTF only branches are steps.
    private void SetSingleStep()
    {
        if ((CurrentVmcs.Read(VmcsGuest64.DebugControl) & BranchStep) == 0)
        {
            SetBranchStep();
        }
    }

    private ulong* Slot(int number) => &Registers->Rax + (number & 15);
}
