using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Cpu;

namespace Multicosm.Paravirt.Traps;

/// <summary>Brings exceptions, events and system calls to a guest's kernel: the frame on its stack and the registers that its handler starts with.</summary>
/// <source>Xen headers "arch-x86/xen-x86_64.h"</source>
internal static unsafe class TrapDelivery
{
    /// <summary>Selector of a guest's 64-bit code, RPL 3.</summary>
    public const ulong GuestCode = 0xE033;

    /// <summary>Selector of a guest's data and stacks, RPL 3.</summary>
    public const ulong GuestData = 0xE02B;

    private const ulong InterruptFlag = 1 << 9;
    private const ulong DirectionFlag = 1 << 10;
    private const ulong PrivilegeLevel = 3 << 12;
    private const ulong ClearedOnEntry = (1 << 8) | (1 << 14) | (1 << 16) | (1 << 17) | (1 << 18); // TF, NT, RF, VM, AC
    private const byte MasksEvents = 4;
    private const ulong FrameBytes = 7 * sizeof(ulong); // RCX, R11, RIP, CS, RFLAGS, RSP, SS
    private const int PendingOffset = 0;
    private const int MaskOffset = 1;
    private const int FaultAddressOffset = 16;
    private const byte PageFault = 14;
    private const ulong UserAccess = 4;

    /// <summary>True if an event waits and is not masked. The guest may change both bytes at any time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsEventDue(PvVcpu vcpu) => vcpu.Info[PendingOffset] != 0 && vcpu.Info[MaskOffset] == 0;

    /// <summary>Calls the handler of exception <paramref name="vector"/>; false if the domain crashes for want of one, or of a stack.</summary>
    public static bool Raise(PvVcpu vcpu, byte vector, ulong errorCode)
    {
        ref TrapEntry entry = ref vcpu.Trap(vector);
        if (entry.Address == 0)
        {
            return Crash(vcpu, "no handler for exception "u8, vector);
        }

        bool wasUser = !vcpu.IsKernelMode;
        if (vector == PageFault)
        {
            Volatile64(vcpu.Info + FaultAddressOffset, vcpu.Registers->FaultAddress);
            errorCode = wasUser ? errorCode | UserAccess : errorCode & ~UserAccess;
        }

        return Bounce(vcpu, entry.Address, (entry.Flags & MasksEvents) != 0, HasErrorCode(vector), errorCode);
    }

    /// <summary>Calls the handler of the INT instruction with <paramref name="vector"/>: it has no error code, whichever vector it names. False if the domain crashes.</summary>
    public static bool Interrupt(PvVcpu vcpu, byte vector)
    {
        ref TrapEntry entry = ref vcpu.Trap(vector);
        return entry.Address == 0
            ? Crash(vcpu, "no handler for interrupt "u8, vector)
            : Bounce(vcpu, entry.Address, (entry.Flags & MasksEvents) != 0, hasErrorCode: false, 0);
    }

    /// <summary>Calls the event callback; false if the domain crashes.</summary>
    public static bool Event(PvVcpu vcpu) =>
        vcpu.EventAddress == 0 ? Crash(vcpu, "no callback for events"u8, 0) : Bounce(vcpu, vcpu.EventAddress, masks: true, hasErrorCode: false, 0);

    /// <summary>Calls the callback for SYSCALL from the guest's user programs, or raises #UD if there is none; false if the domain crashes.</summary>
    public static bool SystemCall(PvVcpu vcpu, ulong address, bool masks)
    {
        if (address == 0)
        {
            vcpu.Registers->Rip -= 2;
            return Raise(vcpu, 6, 0);
        }

        bool isDone = Bounce(vcpu, address, masks, hasErrorCode: false, 0);
        vcpu.Registers->Rflags &= ~DirectionFlag; // there is no SFMASK of its own
        vcpu.Registers->UsesSysret = 1;
        return isDone;
    }

    /// <summary>Tells the guest that data segment selectors could not be loaded: they are null now.</summary>
    public static bool Failsafe(PvVcpu vcpu)
    {
        if (vcpu.FailsafeAddress == 0)
        {
            return Crash(vcpu, "no failsafe callback for bad selectors"u8, 0);
        }

        PvRegisters* registers = vcpu.Registers;
        Span<ulong> frame = stackalloc ulong[11];
        frame[0] = registers->Rcx;
        frame[1] = registers->R11;
        frame[2] = vcpu.Ds;
        frame[3] = vcpu.Es;
        frame[4] = vcpu.Fs;
        frame[5] = vcpu.Gs;
        WriteReturn(vcpu, CodeSelector(vcpu), registers->Rsp, frame[6..]);
        ulong stack = PrepareStack(vcpu) - ((ulong)frame.Length * sizeof(ulong));
        return Enter(vcpu, stack, frame, vcpu.FailsafeAddress, vcpu.FailsafeMasks);
    }

    /// <summary>Goes from the guest's user mode to its kernel: its page table and its GS base.</summary>
    public static void EnterKernelMode(PvVcpu vcpu)
    {
        vcpu.IsKernelMode = true;
        vcpu.Registers->Cr3 = vcpu.KernelTable;
        SwapGs(vcpu);
    }

    /// <summary>Goes from the guest's kernel to its user mode; there is a user page table.</summary>
    public static void EnterUserMode(PvVcpu vcpu)
    {
        vcpu.IsKernelMode = false;
        vcpu.Registers->Cr3 = vcpu.UserTable;
        SwapGs(vcpu);
    }

    /// <summary>Ends the domain for what its kernel did; always false.</summary>
    public static bool Crash(PvVcpu vcpu, ReadOnlySpan<byte> what, ulong number)
    {
        vcpu.Crash.Reason = CrashReason.ParavirtViolation;
        vcpu.Crash.AppendDetail(what);
        if (number != 0)
        {
            vcpu.Crash.AppendNumber(number);
        }

        vcpu.Exit.Kind = VcpuExitKind.Crash;
        vcpu.Exit.Reason = CrashReason.ParavirtViolation;
        return false;
    }

    private static void SwapGs(PvVcpu vcpu)
    {
        ulong active = CpuInstructions.ReadMsr(PvMsr.KernelGsBase);
        CpuInstructions.WriteMsr(PvMsr.KernelGsBase, vcpu.InactiveGsBase);
        vcpu.InactiveGsBase = active;
    }

    // The frame is written where it lies if its page is known, which is nearly always.
    private static bool Bounce(PvVcpu vcpu, ulong handler, bool masks, bool hasErrorCode, ulong errorCode)
    {
        PvRegisters* registers = vcpu.Registers;
        ulong selector = CodeSelector(vcpu);
        ulong rsp = registers->Rsp;
        ulong bytes = hasErrorCode ? FrameBytes + sizeof(ulong) : FrameBytes;
        ulong stack = PrepareStack(vcpu) - bytes;
        ulong* frame = (ulong*)GuestSpace.FindStack(vcpu, stack, (int)bytes);
        if (frame == null)
        {
            return BounceSlowly(vcpu, stack, rsp, selector, handler, masks, hasErrorCode, errorCode);
        }

        ulong mask = vcpu.Info[MaskOffset];
        frame[0] = registers->Rcx;
        frame[1] = registers->R11;
        if (hasErrorCode)
        {
            frame[2] = errorCode;
            frame++;
        }

        frame[2] = registers->Rip;
        frame[3] = (selector & 0xFFFF) | (mask << 32);
        frame[4] = ReturnFlags(vcpu, mask);
        frame[5] = rsp;
        frame[6] = registers->Ss;
        Start(vcpu, stack, handler, masks);
        return true;
    }

    private static bool BounceSlowly(PvVcpu vcpu, ulong stack, ulong rsp, ulong selector, ulong handler, bool masks, bool hasErrorCode, ulong errorCode)
    {
        Span<ulong> frame = stackalloc ulong[8];
        int errorWords = hasErrorCode ? 1 : 0;
        frame[0] = vcpu.Registers->Rcx;
        frame[1] = vcpu.Registers->R11;
        frame[2] = errorCode;
        WriteReturn(vcpu, selector, rsp, frame[(2 + errorWords)..]);
        return Enter(vcpu, stack, frame[..(7 + errorWords)], handler, masks);
    }

    // Its level tells the handler whether the kernel or the user was interrupted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong CodeSelector(PvVcpu vcpu) => vcpu.IsKernelMode ? vcpu.Registers->Cs & ~3UL : vcpu.Registers->Cs;

    // RIP, CS with the mask, RFLAGS, RSP, SS as the guest's handler finds them.
    private static void WriteReturn(PvVcpu vcpu, ulong selector, ulong rsp, Span<ulong> words)
    {
        PvRegisters* registers = vcpu.Registers;
        ulong mask = vcpu.Info[MaskOffset];
        words[0] = registers->Rip;
        words[1] = (selector & 0xFFFF) | (mask << 32);
        words[2] = ReturnFlags(vcpu, mask);
        words[3] = rsp;
        words[4] = registers->Ss;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReturnFlags(PvVcpu vcpu, ulong mask) =>
        (vcpu.Registers->Rflags & ~(InterruptFlag | PrivilegeLevel)) | (mask == 0 ? InterruptFlag : 0) | (vcpu.Domain.ShowsIoPrivilege ? (ulong)vcpu.IoPrivilege << 12 : 0);

    // From user mode to the stack that the kernel has named for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong PrepareStack(PvVcpu vcpu)
    {
        if (vcpu.IsKernelMode)
        {
            return vcpu.Registers->Rsp & ~15UL;
        }

        EnterKernelMode(vcpu);
        return vcpu.KernelSp & ~15UL;
    }

    private static bool Enter(PvVcpu vcpu, ulong stack, ReadOnlySpan<ulong> frame, ulong handler, bool masks)
    {
        if (!GuestSpace.TryCopyOut(vcpu, stack, MemoryMarshal.AsBytes(frame)))
        {
            vcpu.Crash.AppendDetail("frame at 0x"u8);
            vcpu.Crash.AppendHex(stack);
            return Crash(vcpu, ": its kernel's stack cannot be written"u8, 0);
        }

        Start(vcpu, stack, handler, masks);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start(PvVcpu vcpu, ulong stack, ulong handler, bool masks)
    {
        PvRegisters* registers = vcpu.Registers;
        registers->Rip = handler;
        registers->Cs = GuestCode;
        registers->Ss = GuestData;
        registers->Rsp = stack;
        registers->Rflags = (registers->Rflags & ~ClearedOnEntry) | InterruptFlag | 2;
        registers->UsesSysret = 0;
        if (masks)
        {
            vcpu.Info[MaskOffset] = 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasErrorCode(byte vector) => vector is 8 or (>= 10 and <= 14) or 17 or 21;

    private static void Volatile64(byte* address, ulong value) => System.Threading.Volatile.Write(ref *(ulong*)address, value);
}
