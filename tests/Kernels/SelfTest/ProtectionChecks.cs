using System;
using System.Threading;
using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Memory;

namespace Multicosm.SelfTest;

/// <summary>What must not be written is not written, and what must not run does not run.</summary>
internal sealed unsafe class ProtectionChecks(HostMachine machine, Report report)
{
    private const ulong Absent = 0;
    private const ulong WriteToPresent = 3;
    private const ulong FetchFromPresent = 0x11;
    private const byte ReturnInstruction = 0xC3;

    private static ulong s_data = ReturnInstruction;
    private readonly FaultingWork _work = new();
    private readonly byte[] _code = [ReturnInstruction, ReturnInstruction];
    private readonly TableWalk _walk = new(report);

    /// <summary>All of them.</summary>
    public void Run()
    {
        CheckWrites();
        CheckExecution();
        CheckAbsent();
        _walk.Run();
    }

    private void CheckWrites()
    {
        ulong text = Native.ReturnAddress();
        ulong rodata = KernelImage.RodataStart;
        CheckFault("text is not writable"u8, Fault.Write, text, WriteToPresent);
        CheckFault("read-only data is not writable"u8, Fault.Write, rodata, WriteToPresent);
        CheckFault("the last read-only byte is not writable"u8, Fault.Write, KernelImage.RodataEnd - 1, WriteToPresent);
        CheckFault("text in the direct map is not writable"u8, Fault.Write, Direct(KernelImage.ToPhysical(text)), WriteToPresent);
        CheckFault("read-only data in the direct map is not writable"u8, Fault.Write, Direct(KernelImage.ToPhysical(rodata)), WriteToPresent);
        report.Check("CR0.WP is set"u8, (CpuInstructions.ReadCr0() & (1 << 16)) != 0, "clear"u8);
    }

    private void CheckExecution()
    {
        byte onStack = ReturnInstruction;
        CheckFault("the stack is not executable"u8, Fault.Execute, (ulong)&onStack, FetchFromPresent);
        fixed (byte* code = _code)
        {
            CheckFault("the arena is not executable"u8, Fault.Execute, (ulong)code, FetchFromPresent);
        }

        fixed (ulong* code = &s_data)
        {
            CheckFault("data is not executable"u8, Fault.Execute, (ulong)code, FetchFromPresent);
        }

        CheckFault("text in the direct map is not executable"u8, Fault.Execute, Direct(KernelImage.ToPhysical(Native.ReturnAddress())), FetchFromPresent);
        if (machine.Frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame frame))
        {
            byte* page = DirectMap.Pointer(frame.Address);
            Volatile.Write(ref *page, ReturnInstruction);
            CheckFault("the direct map is not executable"u8, Fault.Execute, (ulong)page, FetchFromPresent);
            machine.Frames.Free(frame, PageSize.Size4K);
        }

        // The check itself must be able to fail: the same call does no harm where it is allowed.
        _work.Fault = Fault.Execute;
        _work.Address = Native.ReturnAddress();
        report.Check("text is executable"u8, machine.Containment.TryRun(_work), "it is not"u8);
    }

    private void CheckAbsent()
    {
        CheckFault("page 0 is absent"u8, Fault.Read, 8, Absent);
        CheckFault("page 0 in the direct map is absent"u8, Fault.Read, DirectMap.Base, Absent);
        CheckFault("page 0 in the kernel window is absent"u8, Fault.Read, KernelImage.Base, Absent);
        CheckFault("the identity map is gone"u8, Fault.Read, 1 << 20, Absent);
        CheckFault("display memory in the direct map is absent"u8, Fault.Read, Direct(0xA0000), Absent);
        for (uint number = 0; number <= KernelStacks.InterruptStackCount; number++)
        {
            ulong top = number == 0 ? KernelStacks.MainStackTop : KernelStacks.InterruptStackTop(number) + KernelStacks.BytesAbove;
            ulong bytes = number == 0 ? 64u * 1024 : 16u * 1024;
            CheckFault("a guard page above a stack"u8, Fault.Read, top, Absent);
            CheckFault("a guard page below a stack"u8, Fault.Read, top - bytes - 1, Absent);
            _work.Fault = Fault.Read;
            _work.Address = top - bytes;
            report.Check("the lowest byte of a stack"u8, machine.Containment.TryRun(_work), "it faults"u8, top);
        }
    }

    private void CheckFault(ReadOnlySpan<byte> name, Fault fault, ulong address, ulong errorCode)
    {
        _work.Fault = fault;
        _work.Address = address;
        bool faulted = !machine.Containment.TryRun(_work);
        ref readonly FaultRecord record = ref machine.Containment.LastFault;
        bool expected = faulted && record.Vector == 14 && record.ErrorCode == errorCode && record.FaultAddress == address;
        report.Check(name, expected, faulted ? "another fault"u8 : "no fault"u8, faulted ? record.ErrorCode : address);
    }

    private static ulong Direct(ulong physical) => (ulong)DirectMap.Pointer(physical);
}
