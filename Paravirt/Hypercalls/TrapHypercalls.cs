using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Threading;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Memory;
using Multicosm.Paravirt.Traps;
using Multicosm.Platform.Cpu;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>Hypercalls about how the kernel is entered and left: trap table, callbacks, stack, segment bases, iret. None takes a lock: they touch the caller alone.</summary>
/// <source>Xen headers "xen.h"; Xen headers "callback.h"; Xen headers "arch-x86/xen-x86_64.h"</source>
internal static unsafe class TrapHypercalls
{
    private const int TrapInfoBytes = 16;
    private const int CallbackRegisterBytes = 16;
    private const ulong Mode = 3;
    private const ulong InSyscall = 1 << 8;
    private const ulong InterruptFlag = 1 << 9;
    private const ulong AlwaysSet = 2;
    private const ulong UserSettable = 0x254DD5; // CF PF AF ZF SF TF DF OF NT RF AC ID
    private const int MaskOffset = 1;
    private const byte NmiVector = 2;
    private const int PrivilegeShift = 12; // of IOPL in RFLAGS
    private const ulong MaskEvents = 1;

    /// <summary>set_trap_table: an array that ends with address 0; the rows before a bad one count. A null pointer clears the table.</summary>
    public static long SetTrapTable(PvVcpu caller, ulong table)
    {
        if (table == 0)
        {
            caller.ClearTraps();
            return 0;
        }

        Span<byte> row = stackalloc byte[TrapInfoBytes];
        for (int i = 0; i <= 256; i++)
        {
            if (!GuestSpace.TryCopyIn(caller, table + ((ulong)i * TrapInfoBytes), row))
            {
                return -(long)XenError.Fault;
            }

            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(row[8..]);
            if (address == 0)
            {
                return 0;
            }

            if (!Addresses.IsCanonical(address))
            {
                return -(long)XenError.Invalid;
            }

            ref TrapEntry entry = ref caller.Trap(row[0]);
            entry.Address = address;
            entry.Flags = row[1];
            entry.Selector = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(row[2..]) | Mode);
            ShortWays.OnChange(caller);
        }

        return -(long)XenError.Invalid; // more rows than there are vectors
    }

    /// <summary>stack_switch: where traps from user mode put their frame; Invalid for an address that is not canonical.</summary>
    public static long StackSwitch(PvVcpu caller, ulong ss, ulong sp)
    {
        if (!Addresses.IsCanonical(sp))
        {
            return -(long)XenError.Invalid;
        }

        caller.KernelSs = (ss | Mode) & 0xFFFF;
        caller.KernelSp = sp;
        return 0;
    }

    /// <summary>set_callbacks, of older kernels: event, failsafe and syscall address.</summary>
    public static long SetCallbacks(PvVcpu caller, ulong eventAddress, ulong failsafe, ulong syscall)
    {
        if (!Addresses.IsCanonical(eventAddress) || !Addresses.IsCanonical(failsafe) || !Addresses.IsCanonical(syscall))
        {
            return -(long)XenError.Invalid;
        }

        caller.EventAddress = eventAddress;
        caller.FailsafeAddress = failsafe;
        caller.SyscallAddress = syscall;
        return 0;
    }

    /// <summary>callback_op: register (0) and unregister (1).</summary>
    public static long CallbackOp(PvVcpu caller, ulong command, ulong argument)
    {
        Span<byte> bytes = stackalloc byte[CallbackRegisterBytes];
        if (command > 1)
        {
            return -(long)XenError.NoSystemCall;
        }

        int length = command == 0 ? CallbackRegisterBytes : 4;
        if (!GuestSpace.TryCopyIn(caller, argument, bytes[..length]))
        {
            return -(long)XenError.Fault;
        }

        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        bool masks = (BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) & MaskEvents) != 0;
        ulong address = command == 0 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) : 0;
        return Addresses.IsCanonical(address) ? Register(caller, command, type, masks, address) : -(long)XenError.Invalid;
    }

    /// <summary>set_segment_base: FS (0), the user's GS (1), the kernel's GS (2), or the user's GS by selector (3).</summary>
    public static long SetSegmentBase(PvVcpu caller, ulong which, ulong value)
    {
        if (which != 3 && !Addresses.IsCanonical(value))
        {
            return -(long)XenError.Invalid;
        }

        switch (which)
        {
            case 0:
                CpuInstructions.WriteMsr(PvMsr.FsBase, value);
                return 0;
            case 1:
                caller.InactiveGsBase = value; // the caller is its kernel
                return 0;
            case 2:
                CpuInstructions.WriteMsr(PvMsr.KernelGsBase, value);
                return 0;
            case 3:
                LoadUserGs(caller, (ushort)value);
                return 0;
            default:
                return -(long)XenError.Invalid;
        }
    }

    /// <summary>set_debugreg: Invalid for a register that there is not, or a value that the guest may not have.</summary>
    public static long SetDebugRegister(PvVcpu caller, uint register, ulong value)
    {
        XenError error = register > 7 ? XenError.Invalid : DebugRegisters.TryWrite(caller, (int)register, value);
        if (error == XenError.None)
        {
            PvSwitch.LoadDebug(caller);
        }

        return -(long)error;
    }

    /// <summary>get_debugreg: the value; Invalid for a register that there is not.</summary>
    public static long GetDebugRegister(PvVcpu caller, uint register) =>
        register <= 7 && DebugRegisters.TryRead(caller, (int)register, out ulong value) ? (long)value : -(long)XenError.Invalid;

    /// <summary>fpu_taskswitch: sets or clears CR0.TS.</summary>
    public static long FpuTaskSwitch(PvVcpu caller, ulong set)
    {
        caller.IsTaskSwitched = set != 0;
        return 0;
    }

    /// <summary>iret: goes where the frame on the stack says; false if the domain crashes. RAX is taken from the frame.</summary>
    [SkipLocalsInit]
    public static bool Iret(PvVcpu caller)
    {
        PvRegisters* registers = caller.Registers;
        IretFrame copy;
        IretFrame* frame = (IretFrame*)GuestSpace.FindStack(caller, registers->Rsp, sizeof(IretFrame));
        if (frame == null)
        {
            frame = &copy;
            if (!GuestSpace.TryCopyIn(caller, registers->Rsp, new Span<byte>(frame, sizeof(IretFrame))))
            {
                caller.Crash.AppendDetail("iret frame at 0x"u8);
                caller.Crash.AppendHex(registers->Rsp);
                return TrapDelivery.Crash(caller, " cannot be read"u8, 0);
            }
        }

        // Each word once: another vCPU may change it.
        ulong selector = Volatile.Read(ref frame->Cs);
        ulong rflags = Volatile.Read(ref frame->Rflags);
        if ((selector & Mode) == Mode)
        {
            if (caller.UserTable == 0)
            {
                return TrapDelivery.Crash(caller, "iret to user mode without a user page table"u8, 0);
            }

            TrapDelivery.EnterUserMode(caller);
        }

        if (caller.Domain.ShowsIoPrivilege)
        {
            caller.IoPrivilege = (byte)((rflags >> PrivilegeShift) & Mode);
        }

        registers->Rax = Volatile.Read(ref frame->Rax);
        registers->Rip = Volatile.Read(ref frame->Rip);
        registers->Cs = (selector & 0xFFFF) | Mode;
        registers->Rflags = (rflags & UserSettable) | InterruptFlag | AlwaysSet;
        registers->Rsp = Volatile.Read(ref frame->Rsp);
        registers->Ss = (Volatile.Read(ref frame->Ss) & 0xFFFF) | Mode;
        registers->UsesSysret = 0;
        if ((Volatile.Read(ref frame->Flags) & InSyscall) == 0)
        {
            registers->R11 = Volatile.Read(ref frame->R11);
            registers->Rcx = Volatile.Read(ref frame->Rcx);
        }

        caller.Info[MaskOffset] = (byte)((rflags & InterruptFlag) == 0 ? 1 : 0);
        caller.IsInNmi = false;
        ShortWays.OnReturn(caller);
        return true;
    }

    private static long Register(PvVcpu caller, ulong command, ushort type, bool masks, ulong address)
    {
        switch (type)
        {
            case 0 when command == 0:
                caller.EventAddress = address;
                return 0;
            case 1 when command == 0:
                caller.FailsafeAddress = address;
                caller.FailsafeMasks = masks;
                return 0;
            case 2 when command == 0:
                caller.SyscallAddress = address;
                caller.SyscallMasks = masks;
                return 0;
            case 0 or 1 or 2:
                return -(long)XenError.Invalid; // these cannot be taken back
            case 4:
                caller.Trap(NmiVector) = new TrapEntry { Address = address, Selector = (ushort)TrapDelivery.GuestCode };
                return 0;
            case 5:
                caller.SysenterAddress = address;
                caller.SysenterMasks = masks;
                return 0;
            case 7:
                caller.Syscall32Address = address;
                caller.Syscall32Masks = masks;
                return 0;
            default:
                return -(long)XenError.NoSystemCall;
        }
    }

    // The base that comes with the selector belongs to the inactive GS; the active one stays.
    private static void LoadUserGs(PvVcpu caller, ushort selector)
    {
        ulong active = CpuInstructions.ReadMsr(PvMsr.KernelGsBase);
        uint wanted = selector > 3 ? selector | (uint)Mode : selector;
        _ = PvInstructions.LoadSelector(3, wanted); // a bad one becomes null, as the ABI says
        caller.InactiveGsBase = CpuInstructions.ReadMsr(PvMsr.KernelGsBase);
        CpuInstructions.WriteMsr(PvMsr.KernelGsBase, active);
    }
}
