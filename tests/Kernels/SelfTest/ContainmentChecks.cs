using System;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;

namespace Multicosm.SelfTest;

/// <summary>A fault of our own code ends the work that it was met in, and nothing else. The arena is sealed.</summary>
internal sealed unsafe class ContainmentChecks(HostMachine machine, Report report)
{
    private const byte Thrown = 255;
    private const int Repetitions = 10_000;
    private static ContainmentChecks? s_current;

    private readonly FaultingWork _work = new();
    private readonly NestedWork _nested = new(machine.Containment);

    /// <summary>All of them.</summary>
    public void Run()
    {
        s_current = this;
        CheckKind("contained bounds"u8, Fault.Bounds, Thrown, "Multicosm.SelfTest.FaultingWork.Bounds"u8);
        CheckKind("contained null"u8, Fault.Null, 14, "Multicosm.SelfTest.FaultingWork.Null"u8);
        CheckKind("contained overflow"u8, Fault.Overflow, Thrown, "Multicosm.SelfTest.FaultingWork.Overflow"u8);
        CheckKind("contained divide"u8, Fault.Divide, 0, "Multicosm.SelfTest.FaultingWork.Divide"u8);
        CheckKind("contained cast"u8, Fault.Cast, Thrown, "Multicosm.SelfTest.FaultingWork.Cast"u8);
        CheckKind("contained throw"u8, Fault.Throw, Thrown, "Multicosm.SelfTest.FaultingWork.Throw"u8);
        CheckKind("contained allocation"u8, Fault.Allocation, Thrown, "Multicosm.SelfTest.FaultingWork.Allocation"u8);
        CheckKind("contained stack overflow"u8, Fault.StackOverflow, 14, "Multicosm.SelfTest.FaultingWork.StackOverflow"u8);
        report.Check("contained stack overflow meets the guard page"u8, KernelStacks.IsGuardPage(machine.Containment.LastFault.FaultAddress), "another address"u8, machine.Containment.LastFault.FaultAddress);
        CheckNothing();
        CheckState();
        CheckNesting();
        CheckMany();
    }

    private bool Faults(Fault fault)
    {
        _work.Fault = fault;
        return !machine.Containment.TryRun(_work);
    }

    private void CheckKind(ReadOnlySpan<byte> name, Fault fault, byte vector, ReadOnlySpan<byte> method)
    {
        int completed = _work.Completed;
        bool faulted = Faults(fault);
        ref readonly FaultRecord record = ref machine.Containment.LastFault;
        ReadOnlySpan<byte> found = machine.Containment.MethodAt(record.Rip, out _);
        bool named = found.SequenceEqual(method);
        if (!named)
        {
            report.Write("selftest method "u8);
            report.WriteLine(found);
        }

        report.Check(name, faulted && record.Vector == vector && named && _work.Completed == completed, !faulted ? "no fault"u8 : named ? "another vector"u8 : "another method"u8, record.Vector);
    }

    private void CheckNothing()
    {
        int completed = _work.Completed;
        report.Check("contained work without a fault"u8, !Faults(Fault.None) && _work.Completed == completed + 1, "it faulted"u8);
    }

    private void CheckState()
    {
        ulong flags = Native.Flags();
        uint mxcsr = Native.Mxcsr();
        bool faulted = Faults(Fault.Spoil);
        ulong flagsAfter = Native.Flags();
        uint mxcsrAfter = Native.Mxcsr();
        const ulong Kept = (1 << 8) | (1 << 9) | (1 << 10) | (1 << 14) | (1 << 18); // TF, IF, DF, NT, AC
        report.Check("contained fault restores RFLAGS"u8, faulted && ((flags | flagsAfter) & Kept) == 0, "other flags"u8, flagsAfter);
        report.Check("contained fault restores MXCSR"u8, faulted && mxcsr == mxcsrAfter && mxcsr != FaultingWork.SpoiltMxcsr, "another value"u8, mxcsrAfter);
        report.Check("contained fault restores registers"u8, Native.KeepsRegisters(&SpoilOnce, 0) == 1, "others"u8);
    }

    [UnmanagedCallersOnly]
    private static void SpoilOnce(nint argument)
    {
        _ = s_current!.Faults(Fault.Spoil); // what it leaves in the registers is what counts
    }

    private void CheckNesting()
    {
        _nested.FaultsItself = false;
        bool survived = machine.Containment.TryRun(_nested) && _nested.InnerFaults == 3;
        report.Check("contained fault inside containment"u8, survived, "the outer work did not go on"u8);
        _nested.FaultsItself = true;
        bool faulted = !machine.Containment.TryRun(_nested) && _nested.InnerFaults == 6;
        report.Check("contained fault of the outer work"u8, faulted && PerCpu.Current->ContainmentFrame == 0, "no fault, or a frame is left"u8);
    }

    private void CheckMany()
    {
        PerCpu* cpu = PerCpu.Current;
        ulong used = machine.Arena.UsedBytes;
        ulong free = machine.Frames.FreeBytes;
        int faults = 0;
        bool scratchInside = true;
        for (int i = 0; i < Repetitions; i++)
        {
            Fault fault = i % 100 == 0 ? Fault.StackOverflow : Fault.Bounds + (i % 7);
            faults += Faults(fault) ? 1 : 0;
            scratchInside &= cpu->ScratchNext >= cpu->ScratchStart && cpu->ScratchNext <= cpu->ScratchEnd;
        }

        report.Check("10,000 faults are contained"u8, faults == Repetitions, "not all"u8, (ulong)faults);
        report.Check("10,000 faults use no arena"u8, machine.Arena.UsedBytes == used, "bytes used"u8, machine.Arena.UsedBytes - used);
        report.Check("10,000 faults use no frames"u8, machine.Frames.FreeBytes == free, "bytes used"u8, free - machine.Frames.FreeBytes);
        report.Check("10,000 faults stay in the scratch arena"u8, scratchInside, "outside"u8, cpu->ScratchNext);
    }
}
