using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Interrupts;

/// <summary>What happens after a CPU exception or a C# throw in the host: a fix-up, containment, or a panic.</summary>
internal static unsafe class TrapHandler
{
    private const ulong NonMaskable = 2;
    private const ulong DoubleFault = 8;
    private const ulong PageFault = 14;
    private const ulong MachineCheck = 18;
    private const ulong Throw = 255;

    /// <summary>Called by trap_common with the frame; a changed frame is where the CPU goes on.</summary>
    [UnmanagedCallersOnly(EntryPoint = "trap_entry")]
    public static void Enter(TrapFrame* frame)
    {
        if (TryFixUp(frame))
        {
            return;
        }

        PerCpu* cpu = PerCpu.Current;
        bool containable = frame->Vector is not (NonMaskable or MachineCheck)
            && (frame->Vector != DoubleFault || KernelStacks.IsGuardPage(frame->Rsp));
        if (cpu->ContainmentFrame == 0 || !containable)
        {
            PanicScreen.Trap(frame);
            return;
        }

        Record(cpu, frame->Vector, frame->Rip, frame->Rsp, frame->Rbp);
        cpu->FaultErrorCode = frame->ErrorCode;
        cpu->FaultAddress = frame->Vector == PageFault ? CpuInstructions.ReadCr2() : 0;
        frame->Rip = UnwindAddress();
        frame->Rsp = cpu->ContainmentFrame;
        frame->Rflags = 2; // IF, DF, AC and NT clear
    }

    /// <summary>Called by RhpThrowEx; returns only if there is a containment frame to unwind to.</summary>
    [UnmanagedCallersOnly(EntryPoint = "throw_entry")]
    public static void EnterThrow(ulong rip, ulong rsp, ulong rbp)
    {
        PerCpu* cpu = PerCpu.Current;
        if (cpu->ContainmentFrame == 0)
        {
            PanicScreen.Throw(TryFindCaller(rsp, rbp, out ulong caller) ? caller : rip, rbp);
        }

        Record(cpu, Throw, rip, rsp, rbp);
        cpu->FaultErrorCode = 0;
        cpu->FaultAddress = 0;
    }

    // The fault's address is that of the kernel's own method, not of CoreLib's helper that it called.
    private static void Record(PerCpu* cpu, ulong vector, ulong rip, ulong rsp, ulong rbp)
    {
        cpu->FaultVector = vector;
        cpu->FaultRsp = rsp;
        cpu->FaultRip = rip;
        if (vector == Throw && TryFindCaller(rsp, rbp, out ulong caller))
        {
            cpu->FaultRip = caller;
            return;
        }

        ulong address = rip;
        for (int depth = 0; depth < 8; depth++)
        {
            if (SymbolTable.IsOwnCode(address))
            {
                cpu->FaultRip = address;
                return;
            }

            if (!StackWalk.TryNext(ref rbp, out address))
            {
                return;
            }
        }
    }

    // CoreLib's throw helpers keep no frame pointer: the method that called them left its return address below its own frame.
    private static bool TryFindCaller(ulong rsp, ulong rbp, out ulong caller)
    {
        const ulong HelperBytes = 256;
        caller = 0;
        for (ulong slot = rsp; slot < rbp && slot < rsp + HelperBytes; slot += 8)
        {
            caller = *(ulong*)slot;
            if (SymbolTable.IsOwnCode(caller))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryFixUp(TrapFrame* frame)
    {
        ulong* end;
        for (ulong* entry = CpuInstructions.FixupTable(&end); entry < end; entry += 2)
        {
            if (entry[0] == frame->Rip)
            {
                frame->Rip = entry[1];
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "containment_unwind_address")]
    private static extern ulong UnwindAddress();
}
