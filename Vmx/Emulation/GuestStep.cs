using System;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Ept;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>
/// The general answer where an instruction's operands, its code or page tables are no RAM: the guest executes it itself, on scratch pages that hold what the
/// devices answered. No byte of a guest ever runs outside the guest, and all that an instruction does and raises is the processor's own.
/// </summary>
/// <remarks>
/// The entry is made under blocking by MOV SS, which lasts for one instruction, with NMI-window exiting: the exit comes in front of the next one. An event that
/// the instruction raises exits instead, and nothing of the instruction has happened.
/// </remarks>
/// <source>SDM 3C, "Guest Non-Register State" and "Other Causes of VM Exits"</source>
internal sealed unsafe class GuestStep(StepTables tables)
{
    private const ulong IsFetch = 1 << 2;
    private const ulong IsLinearValid = 1 << 7;
    private const ulong IsFinalAccess = 1 << 8;
    private const uint Valid = 1u << 31;
    private const uint BlockingByMovSs = 2;
    private const uint BlockingByStiOrMovSs = 3;
    private const uint BlockingByNmi = 8;
    private const uint Windows = (uint)(PrimaryControls.InterruptWindowExiting | PrimaryControls.NmiWindowExiting);
    private const ulong TrapFlag = 1 << 8;
    private const ulong BranchStep = 2;
    private const ulong SingleStep = 1 << 14;
    private const ulong PageOffset = 4095;
    private const ulong AddressExtension = 1 << 5;
    private const ulong LongEnough = 1 << 30; // ticks: the timer does not end the step
    private const int PointerTableBytes = 32;

    private readonly StepMemory _memory = new(tables);
    private readonly StepOperands _operands = new();

    /// <summary>Has the guest execute the instruction at RIP, whose access to what is not RAM has exited; <paramref name="isDone"/> is false if it cannot.</summary>
    public ExitAction Execute(VmxVcpu vcpu, out bool isDone)
    {
        GuestRegisters* registers = vcpu.Registers;
        ulong rip = registers->Rip;
        ulong until = registers->Until;
        uint nmiBlocking = CurrentVmcs.Read(VmcsGuest32.Interruptibility) & BlockingByNmi;
        _memory.Begin(vcpu);
        _operands.Begin(vcpu);
        int result = 0;
        while (result == 0 && (isDone = TryShow(vcpu)))
        {
            Prepare(vcpu);
            result = VmxInstructions.Enter(registers);
            bool isMoreNeeded = result == 0 && IsMoreNeeded(registers);
            bool isExecuted = registers->Rip != rip;
            if (result == 0 && (isExecuted || !isMoreNeeded))
            {
                Restore(vcpu, until, nmiBlocking);
                if (isExecuted)
                {
                    _memory.Commit();
                }

                // What the next instruction needs it asks for itself.
                return isMoreNeeded ? ExitAction.Served : StepExits.Handle(vcpu);
            }
        }

        Restore(vcpu, until, nmiBlocking);
        isDone = result != 0;
        return isDone ? EntryFailure.OfInstruction(vcpu, result) : ExitAction.Crash;
    }

    private static bool IsMoreNeeded(GuestRegisters* registers) =>
        (ExitReason)registers->ExitReason is ExitReason.EptViolation or ExitReason.ApicAccess
        && (CurrentVmcs.Read(VmcsExitInfo32.IdtVectoringInfo) & Valid) == 0;

    private bool TryShow(VmxVcpu vcpu)
    {
        GuestRegisters* registers = vcpu.Registers;
        ulong qualification = registers->Qualification;
        if ((ExitReason)registers->ExitReason == ExitReason.ApicAccess)
        {
            const ulong LinearFetch = 2;
            ulong kind = qualification >> 12 & 15;
            GuestPhysicalAddress register = new(VmxDomain.ApicBase | (qualification & PageOffset));
            return kind < LinearFetch && _operands.TryFind() && TryShowOperands(register, _operands.First);
        }

        GuestPhysicalAddress address = new(CurrentVmcs.Read(VmcsExitInfo64.GuestPhysicalAddress));
        if ((qualification & (IsLinearValid | IsFinalAccess)) != (IsLinearValid | IsFinalAccess))
        {
            return TryShowTable(address, (qualification & IsLinearValid) != 0);
        }

        ulong linear = CurrentVmcs.Read(VmcsExitInfoNatural.GuestLinearAddress);
        return (qualification & IsFetch) != 0
            ? TryShowCode(address, linear)
            : _operands.TryFind() && TryShowOperands(address, linear);
    }

    private bool TryShowOperands(GuestPhysicalAddress address, ulong linear)
    {
        byte* page = _memory.AddPage(address);
        return page != null && _operands.TryShow(_memory, page, address, linear);
    }

    // The code's own page may hold operands as well.
    private bool TryShowCode(GuestPhysicalAddress address, ulong linear)
    {
        byte* page = _memory.AddPage(address);
        int offset = (int)(address.Value & PageOffset);
        int bytes = Math.Min(_operands.MissingBytes, (int)PageOffset + 1 - offset);
        if (page == null || !_memory.TryShow(page, address, bytes, isRead: true, isWritten: false, ifChanged: false))
        {
            return false;
        }

        _operands.AddCode(new ReadOnlySpan<byte>(page + offset, bytes));
        if (_operands.TryFind())
        {
            _ = _operands.TryShow(_memory, page, address, linear); // most have none there
        }

        return true;
    }

    // An entry on the way to a page, or the four that MOV to CR3 loads with PAE: the processor sets accessed and dirty bits in it.
    private bool TryShowTable(GuestPhysicalAddress address, bool isWalk)
    {
        bool isWide = (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & AddressExtension) != 0;
        int bytes = !isWalk ? PointerTableBytes : isWide ? 8 : 4;
        GuestPhysicalAddress entry = new(address.Value & ~(ulong)(bytes - 1));
        byte* page = _memory.AddPage(address);
        return page != null && _memory.TryShow(page, entry, bytes, isRead: true, isWritten: isWalk, ifChanged: true);
    }

    private void Prepare(VmxVcpu vcpu)
    {
        GuestRegisters* registers = vcpu.Registers;
        uint interruptibility = CurrentVmcs.Read(VmcsGuest32.Interruptibility) & ~(BlockingByStiOrMovSs | BlockingByNmi);
        CurrentVmcs.Write(VmcsGuest32.Interruptibility, interruptibility | BlockingByMovSs);
        if ((registers->Rflags & TrapFlag) != 0 && (CurrentVmcs.Read(VmcsGuest64.DebugControl) & BranchStep) == 0)
        {
            // Demanded of an entry with TF under this blocking: the step is due behind the instruction, as it should be.
            CurrentVmcs.Write(VmcsGuestNatural.PendingDebugExceptions, CurrentVmcs.Read(VmcsGuestNatural.PendingDebugExceptions) | SingleStep);
        }

        CurrentVmcs.Write(VmcsControl32.ProcessorBased, (vcpu.Primary & ~Windows) | (uint)PrimaryControls.NmiWindowExiting);
        CurrentVmcs.Write(VmcsControl32.ExceptionBitmap, uint.MaxValue);
        CurrentVmcs.Write(VmcsControl64.EptPointer, _memory.Pointer);
        registers->Until = CpuInstructions.ReadTimeStamp() + LongEnough;
    }

    private static void Restore(VmxVcpu vcpu, ulong until, uint nmiBlocking)
    {
        uint interruptibility = (CurrentVmcs.Read(VmcsGuest32.Interruptibility) & ~BlockingByStiOrMovSs) | nmiBlocking;
        CurrentVmcs.Write(VmcsGuest32.Interruptibility, interruptibility);
        vcpu.Registers->Interruptibility = interruptibility;
        CurrentVmcs.Write(VmcsControl32.ProcessorBased, vcpu.Primary);
        CurrentVmcs.Write(VmcsControl32.ExceptionBitmap, VmcsSetup.InterceptedExceptions);
        CurrentVmcs.Write(VmcsControl64.EptPointer, vcpu.Domain.Tables.Pointer);
        vcpu.Registers->Until = until;
    }
}
