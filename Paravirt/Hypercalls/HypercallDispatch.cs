using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Cpu;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>Takes a hypercall to the family that answers it. The number is in RAX, arguments in RDI, RSI, RDX, R10 and R8, the result goes to RAX.</summary>
/// <source>Xen headers "arch-x86/xen-x86_64.h"</source>
internal sealed unsafe class HypercallDispatch(DomainDirectory directory)
{
    private const int SyscallBytes = 2;
    private const int EntryBytes = 64;
    private const ulong Unfinished = unchecked((ulong)-(long)XenError.Unfinished);
    private const uint Multicall = 13;
    private const uint Iret = 23;
    private const ulong MaximumMulticall = 1 << 16;
    private const ulong EntriesPerLook = 64;

    private readonly EventHypercalls _events = new(directory);
    private readonly GrantHypercalls _grants = new(directory, new GrantPageTypes());
    private readonly VcpuHypercalls _vcpus = new(new VcpuPageTypes());

    /// <summary>Answers the hypercall that <paramref name="registers"/> of <paramref name="caller"/> hold.</summary>
    [SkipLocalsInit]
    public void Invoke(PvVcpu caller, PvRegisters* registers)
    {
        ulong number = registers->Rax;
        if (number == Iret)
        {
            _ = TrapHypercalls.Iret(caller); // a crash stands in the exit
            return;
        }

        HypercallArguments arguments;
        arguments.A = registers->Rdi;
        arguments.B = registers->Rsi;
        arguments.C = registers->Rdx;
        arguments.D = registers->R10;
        ulong result = (ulong)Call(caller, number, ref arguments);
        if (result == Unfinished && registers->Rax != Unfinished) // RAX has the number still, but behind an iret in a batch what its frame says
        {
            // The guest makes it again, when others have had their turn, for what is left of it.
            registers->Rip -= SyscallBytes;
            registers->Rdi = arguments.A;
            registers->Rsi = arguments.B;
            registers->Rdx = arguments.C;
            return;
        }

        registers->Rax = result;
    }

    private long Call(PvVcpu caller, ulong number, ref HypercallArguments arguments)
    {
        switch (number)
        {
            case 0:
                return TrapHypercalls.SetTrapTable(caller, arguments.A);
            case 1:
                return MmuHypercalls.MmuUpdate(caller, ref arguments.A, ref arguments.B, arguments.C, arguments.D);
            case 2:
                return DescriptorHypercalls.SetGdt(caller, arguments.A, arguments.B);
            case 3:
                return TrapHypercalls.StackSwitch(caller, arguments.A, arguments.B);
            case 4:
                return TrapHypercalls.SetCallbacks(caller, arguments.A, arguments.B, arguments.C);
            case 5:
                return TrapHypercalls.FpuTaskSwitch(caller, arguments.A);
            case 8:
                return TrapHypercalls.SetDebugRegister(caller, (uint)arguments.A, arguments.B);
            case 9:
                return TrapHypercalls.GetDebugRegister(caller, (uint)arguments.A);
            case 10:
                return DescriptorHypercalls.UpdateDescriptor(caller, arguments.A, arguments.B);
            case 12:
                return MemoryHypercalls.MemoryOperation(caller, ref arguments.A, arguments.B);
            case Multicall:
                return (long)CallMany(caller, ref arguments);
            case 14:
                return MmuHypercalls.UpdateMapping(caller, arguments.A, arguments.B, arguments.C);
            case 15:
                return TimerHypercalls.SetTimer(caller, arguments.A);
            case 16:
                return _events.InvokeCompatible(caller, arguments.A);
            case 17:
                return VersionHypercalls.XenVersion(caller, arguments.A, arguments.B);
            case 18:
                return ConsoleHypercalls.ConsoleIo(caller, (uint)arguments.A, ref arguments.B, ref arguments.C);
            case 20:
                return _grants.Invoke(caller, (uint)arguments.A, ref arguments.B, ref arguments.C);
            case 21:
                return AssistHypercalls.VmAssist(caller, (uint)arguments.A, (uint)arguments.B);
            case 22:
                return -(long)XenError.NotPermitted;
            case 24:
                return _vcpus.Invoke(caller, (uint)arguments.A, (uint)arguments.B, arguments.C);
            case 25:
                return TrapHypercalls.SetSegmentBase(caller, arguments.A, arguments.B);
            case 26:
                return MmuExtendedHypercalls.MmuExtended(caller, ref arguments.A, ref arguments.B, arguments.C, arguments.D);
            case 29:
                return SchedHypercalls.Invoke(caller, (uint)arguments.A, arguments.B);
            case 30:
                return TrapHypercalls.CallbackOp(caller, arguments.A, arguments.B);
            case 32:
                return _events.Invoke(caller, (uint)arguments.A, arguments.B);
            case 33:
                return AssistHypercalls.PhysdevOp(caller, (uint)arguments.A, arguments.B);
#if MULTICOSM_FAULT_DEVICE
            case CheckNumber:
                return CheckMemory(caller);
#endif
            default:
                return -(long)XenError.NoSystemCall;
        }
    }

#if MULTICOSM_FAULT_DEVICE
    private const ulong CheckNumber = 0xFA17;

    // Test builds only: 0 if all that is known of the caller's frames is as its page tables say, else which rule is broken, and the frame.
    private static long CheckMemory(PvVcpu caller)
    {
        XenError error = caller.Domain.Ram.Types.Begin();
        if (error != XenError.None)
        {
            return -(long)error;
        }

        Span<HostFrame> holds = stackalloc HostFrame[PvDomain.MaximumVcpus];
        int count = 0;
        for (int i = 0; i < caller.Domain.VcpuCount; i++)
        {
            if (caller.Domain.Vcpu(i).InfoFrame != ulong.MaxValue)
            {
                holds[count++] = new HostFrame(caller.Domain.Vcpu(i).InfoFrame);
            }
        }

        MemoryRule broken = caller.Domain.Check!.Run(holds[..count], out HostFrame frame);
        return broken == MemoryRule.None ? 0 : ((long)frame.Number << 8) | (long)broken;
    }
#endif

    // Entries are done in order and each gets its result. One that is not finished, or that ends the caller's run, is where the guest comes back to.
    private ulong CallMany(PvVcpu caller, ref HypercallArguments arguments)
    {
        ulong list = arguments.A;
        ulong count = arguments.B;
        if (count > MaximumMulticall)
        {
            return unchecked((ulong)-(long)XenError.Invalid);
        }

        ulong work = caller.Domain.Ram.Types.Work;
        Span<ulong> entry = stackalloc ulong[EntryBytes / sizeof(ulong)];
        for (ulong i = 0; i < count; i++)
        {
            ulong address = list + (i * EntryBytes);
            if (!GuestSpace.TryCopyIn(caller, address, MemoryMarshal.AsBytes(entry)))
            {
                return unchecked((ulong)-(long)XenError.Fault);
            }

            if (entry[0] == Iret)
            {
                // The caller's kernel is left: nothing behind it is done.
                _ = TrapHypercalls.Iret(caller); // a crash stands in the exit
                return caller.Registers->Rax;
            }

            if (entry[0] == Multicall)
            {
                entry[1] = unchecked((ulong)-(long)XenError.Invalid);
            }
            else
            {
                HypercallArguments own = new() { A = entry[2], B = entry[3], C = entry[4], D = entry[5] };
                entry[1] = (ulong)Call(caller, entry[0], ref own);
                entry[2] = own.A;
                entry[3] = own.B;
                entry[4] = own.C;
            }

            if (entry[1] == Unfinished)
            {
                // Its arguments say what is left of it.
                bool isNoted = GuestSpace.TryCopyOut(caller, address + (2 * sizeof(ulong)), MemoryMarshal.AsBytes(entry[2..5]));
                return isNoted ? GoOnLater(ref arguments, address, count - i) : unchecked((ulong)-(long)XenError.Fault);
            }

            if (!GuestSpace.TryWriteUInt64(caller, address + sizeof(ulong), entry[1]))
            {
                return unchecked((ulong)-(long)XenError.Fault);
            }

            // What ends the caller's run ends the batch for now, and so does the end of its time.
            bool endsRun = caller.Exit.Kind != VcpuExitKind.None || caller.Domain.Ram.Types.Work - work >= PageTypes.Budget
                || (i % EntriesPerLook == EntriesPerLook - 1 && CpuInstructions.ReadTimeStamp() >= caller.Domain.RunUntilTicks);
            if (endsRun && i + 1 < count)
            {
                return GoOnLater(ref arguments, address + EntryBytes, count - i - 1);
            }
        }

        return 0;
    }

    private static ulong GoOnLater(ref HypercallArguments arguments, ulong address, ulong count)
    {
        arguments.A = address;
        arguments.B = count;
        return Unfinished;
    }
}
