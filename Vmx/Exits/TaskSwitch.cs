using System;
using System.Buffers.Binary;
using Multicosm.Decoder;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>
/// Hardware task switches: VT-x leaves all of the work behind the first checks to the hypervisor. Outside IA-32e mode only, so all addresses have 32 bits.
/// </summary>
/// <source>SDM 3A, "Task Switching"; SDM 3C, "Treatment of Task Switches"</source>
internal static unsafe class TaskSwitch
{
    private const uint Call = 0;
    private const uint InterruptReturn = 1;
    private const uint Jump = 2;
    private const uint Gate = 3;
    private const uint BusyFlag = 2;
    private const uint Is32Bit = 8;
    private const ulong NestedTask = 1 << 14;
    private const ulong ResumeFlag = 1 << 16;
    private const uint VirtualMode = 1 << 17;
    private const uint DefinedFlags = 0x3F7FD5;
    private const ulong TaskSwitched = 1 << 3;
    private const ulong Paging = 1UL << 31;
    private const ulong LocalBreakpoints = 0x155;
    private const uint BlockingByNmi = 8;
    private const uint Big = 1 << 14;

    /// <summary>The exit: does the switch, or queues the exception that it ends with.</summary>
    public static ExitAction Switch(VmxVcpu vcpu)
    {
        uint source = (uint)(vcpu.Registers->Qualification >> 30) & 3;
        ushort selector = (ushort)vcpu.Registers->Qualification;
        uint cause = source == Gate ? CurrentVmcs.Read(VmcsExitInfo32.IdtVectoringInfo) : 0;
        uint external = cause != 0 && !Injection.IsSoftware(cause) ? 1u : 0;
        uint oldRights = CurrentVmcs.Read(VmcsGuest32.TrAccessRights);
        uint oldBase = (uint)CurrentVmcs.Read(VmcsGuestNatural.TrBase);
        bool oldIs32 = (oldRights & Is32Bit) != 0;
        Span<byte> segment = stackalloc byte[TaskState.Bytes32];
        if (!TryRead(vcpu, source, selector, external, oldBase, oldIs32, segment, out SegmentDescriptor target, out GuestFault fault))
        {
            return Injection.Raise(vcpu, in fault, cause); // nothing has changed
        }

        Save(vcpu, source, cause, oldBase, oldIs32);
        MarkBusy(vcpu, source, selector);
        bool is32 = (target.Type & Is32Bit) != 0;
        TaskState.Read(segment, is32, out TaskState task);
        if (source is Call or Gate)
        {
            Span<byte> link = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(link, CurrentVmcs.Read(VmcsGuest16.TrSelector));
            _ = SystemMemory.TryWrite(vcpu, target.Base, link, out _); // TryRead has looked whether it can be written
            task.Eflags |= (uint)NestedTask;
        }

        LoadTaskRegister(selector, in target);
        LoadRegisters(vcpu, ref task);
        UpdateNmiBlocking(vcpu, source, cause);
        return TryLoad(vcpu, ref task, is32, external, out fault) && TryPushErrorCode(vcpu, cause, is32, external, out fault)
            ? task.IsTrapped ? DebugTraps.TaskStarted(vcpu) : ExitAction.Resume
            : Injection.Raise(vcpu, in fault, cause);
    }

    // The new task's segment, after all checks that can still leave the old task as it is.
    private static bool TryRead(
        VmxVcpu vcpu, uint source, ushort selector, uint external, uint oldBase, bool oldIs32, Span<byte> segment, out SegmentDescriptor target, out GuestFault fault)
    {
        target = default;
        ushort old = CurrentVmcs.Read(VmcsGuest16.TrSelector);
        fault = new GuestFault(GuestFault.InvalidTss, (selector & 0xFFFCu) | external);
        if (!TaskSegments.TryFind(selector, out uint address) || !TaskSegments.TryFind(old, out uint oldAddress))
        {
            return false;
        }

        if (!SystemMemory.TryReadDescriptor(vcpu, address, out target, out GuestFault pageFault))
        {
            fault = pageFault;
            return false;
        }

        int bytes = (target.Type & Is32Bit) != 0 ? TaskState.Bytes32 : TaskState.Bytes16;
        int savedEnd = TaskState.SavedOffset(oldIs32) + TaskState.SavedBytes(oldIs32);
        if (target.Limit < bytes - 1)
        {
            return false;
        }

        if (CurrentVmcs.Read(VmcsGuest32.TrLimit) < savedEnd - 1)
        {
            fault = new GuestFault(GuestFault.InvalidTss, (old & 0xFFFCu) | external);
            return false;
        }

        return SystemMemory.TryProbe(vcpu, oldBase + (uint)TaskState.SavedOffset(oldIs32), TaskState.SavedBytes(oldIs32), true, out fault)
            && SystemMemory.TryRead(vcpu, target.Base, segment[..bytes], out fault)
            && (source is not (Call or Gate) || SystemMemory.TryProbe(vcpu, target.Base, 2, true, out fault))
            && (source == InterruptReturn || SystemMemory.TryProbe(vcpu, address + 5, 1, true, out fault))
            && (source is not (Jump or InterruptReturn) || SystemMemory.TryProbe(vcpu, oldAddress + 5, 1, true, out fault));
    }

    private static void Save(VmxVcpu vcpu, uint source, uint cause, uint oldBase, bool oldIs32)
    {
        // An instruction is complete; what came from outside, or as a fault, comes back to where it was.
        bool complete = source != Gate || Injection.IsInstruction(cause);
        ulong flags = vcpu.Registers->Rflags;
        TaskState old = default;
        old.Eip = (uint)(vcpu.Registers->Rip + (complete ? vcpu.Registers->InstructionLength : 0));
        old.Eflags = (uint)(flags & ~(source == InterruptReturn ? NestedTask : 0) & ~(complete ? ResumeFlag : 0));
        for (int i = 0; i < 8; i++)
        {
            old.Registers[i] = (uint)vcpu.ReadRegister(i);
        }

        for (uint i = 0; i < 6; i++)
        {
            old.Selectors[(int)i] = CurrentVmcs.Read(VmcsGuest16.EsSelector + (i * 2));
        }

        Span<byte> saved = stackalloc byte[TaskState.Bytes32];
        old.WriteSaved(saved, oldIs32);
        _ = SystemMemory.TryWrite(vcpu, oldBase + (uint)TaskState.SavedOffset(oldIs32), saved[..TaskState.SavedBytes(oldIs32)], out _); // probed
    }

    private static void MarkBusy(VmxVcpu vcpu, uint source, ushort selector)
    {
        if (source is Jump or InterruptReturn)
        {
            ChangeBusy(vcpu, CurrentVmcs.Read(VmcsGuest16.TrSelector), false);
        }

        if (source != InterruptReturn)
        {
            ChangeBusy(vcpu, selector, true);
        }
    }

    private static void ChangeBusy(VmxVcpu vcpu, ushort selector, bool busy)
    {
        // Found, read and probed before.
        _ = TaskSegments.TryFind(selector, out uint address);
        _ = SystemMemory.TryReadDescriptor(vcpu, address, out SegmentDescriptor descriptor, out _);
        uint rights = busy ? descriptor.AccessRights | BusyFlag : descriptor.AccessRights & ~BusyFlag;
        _ = SystemMemory.TryWriteRights(vcpu, address, (byte)rights, out _);
    }

    private static void LoadTaskRegister(ushort selector, in SegmentDescriptor target)
    {
        CurrentVmcs.Write(VmcsGuest16.TrSelector, selector);
        CurrentVmcs.Write(VmcsGuestNatural.TrBase, target.Base);
        CurrentVmcs.Write(VmcsGuest32.TrLimit, target.Limit);
        CurrentVmcs.Write(VmcsGuest32.TrAccessRights, target.AccessRights | BusyFlag);
    }

    private static void LoadRegisters(VmxVcpu vcpu, ref TaskState task)
    {
        for (int i = 0; i < 8; i++)
        {
            vcpu.WriteRegister(i, task.Registers[i]);
        }

        vcpu.Registers->Rip = task.Eip;
        vcpu.Registers->Rflags = (task.Eflags & DefinedFlags) | 2;
        CurrentVmcs.Write(VmcsGuestNatural.Rflags, vcpu.Registers->Rflags);
        CurrentVmcs.Write(VmcsGuestNatural.Cr0, CurrentVmcs.Read(VmcsGuestNatural.Cr0) | TaskSwitched);
        CurrentVmcs.Write(VmcsGuestNatural.Dr7, CurrentVmcs.Read(VmcsGuestNatural.Dr7) & ~LocalBreakpoints);
    }

    private static void UpdateNmiBlocking(VmxVcpu vcpu, uint source, uint cause)
    {
        uint blocking = CurrentVmcs.Read(VmcsGuest32.Interruptibility) & BlockingByNmi;
        blocking = source == InterruptReturn ? 0 : Injection.IsNmi(cause) ? BlockingByNmi : blocking;
        CurrentVmcs.Write(VmcsGuest32.Interruptibility, blocking);
        vcpu.Registers->Interruptibility = blocking;
    }

    private static bool TryLoad(VmxVcpu vcpu, ref TaskState task, bool is32, uint external, out GuestFault fault)
    {
        fault = new GuestFault(GuestFault.GeneralProtection, external);
        TaskSegments.Prepare(ref task);
        if (is32 && (CurrentVmcs.Read(VmcsGuestNatural.Cr0) & Paging) != 0)
        {
            CurrentVmcs.Write(VmcsGuestNatural.Cr3, task.Cr3);
            VmxBackend.InvalidateVpid(vcpu.Vpid);
            if (!ControlRegisterExits.TryReloadPdptes(vcpu))
            {
                return false;
            }
        }

        if (!TaskSegments.TryLoadTable(vcpu, task.Selectors[6], external, out fault))
        {
            return false;
        }

        if ((task.Eflags & VirtualMode) != 0)
        {
            TaskSegments.LoadVirtual(ref task);
            return true;
        }

        return TaskSegments.TryLoad(vcpu, ref task, external, out fault);
    }

    // An exception's error code lies on the new task's stack.
    private static bool TryPushErrorCode(VmxVcpu vcpu, uint cause, bool is32, uint external, out GuestFault fault)
    {
        fault = new GuestFault(GuestFault.StackFault, external);
        if (!Injection.HasError(cause))
        {
            return true;
        }

        int bytes = is32 ? 4 : 2;
        ulong stack = vcpu.ReadRegister(VmxVcpu.Rsp);
        ulong mask = (CurrentVmcs.Read(VmcsGuest32.SsAccessRights) & Big) != 0 ? 0xFFFFFFFF : 0xFFFFUL;
        ulong top = (stack - (ulong)bytes) & mask;
        if (!SegmentLimits.Allow((uint)SegmentRegister.Ss, top, bytes, true))
        {
            return false;
        }

        Span<byte> code = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(code, CurrentVmcs.Read(VmcsExitInfo32.IdtVectoringErrorCode));
        uint linear = (uint)(CurrentVmcs.Read(VmcsGuestNatural.SsBase) + top);
        if (!SystemMemory.TryWrite(vcpu, linear, code[..bytes], out fault, GuestPaging.IsUser()))
        {
            return false;
        }

        vcpu.WriteRegister(VmxVcpu.Rsp, (stack & ~mask) | top);
        return true;
    }
}
