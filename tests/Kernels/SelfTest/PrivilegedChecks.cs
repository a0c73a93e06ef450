using System;
using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;

namespace Multicosm.SelfTest;

/// <summary>Instructions that fault on a wrong value report it instead, and code addresses have names.</summary>
internal sealed unsafe class PrivilegedChecks(HostMachine machine, Report report)
{
    private const uint ExtendedFeatures = 0xC0000080;
    private const uint EndOfInterrupt = 0x80B; // with x2APIC it can only be written
    private const uint VmxFunctions = 0x491; // no CPU without x2APIC has it
    private const ulong OsXsave = 1 << 18;

    /// <summary>All of them.</summary>
    public void Run()
    {
        CheckRegisters();
        CheckExtendedState();
        CheckNames();
    }

    private void CheckRegisters()
    {
        ulong features = 0;
        bool read = CpuInstructions.TryReadMsr(ExtendedFeatures, &features) == 1;
        const ulong LongModeAndNoExecute = (1 << 8) | (1 << 10) | (1 << 11);
        report.Check("EFER can be read"u8, read && (features & LongModeAndNoExecute) == LongModeAndNoExecute, "another value"u8, features);
        if (IsForgiving())
        {
            report.Skip("an absent MSR is reported"u8, "this PC has them all"u8);
            report.Skip("a wrong value for an MSR is reported"u8, "this PC takes them all"u8);
            return;
        }

        ulong value = 0x1234;
        uint absent = (HostCpuid.Read(1, 0).Ecx & (1 << 21)) != 0 ? EndOfInterrupt : VmxFunctions;
        report.Check("an absent MSR is reported"u8, CpuInstructions.TryReadMsr(absent, &value) == 0 && value == 0x1234, "it was read"u8, value);
        bool written = CpuInstructions.TryWriteMsr(ExtendedFeatures, features | (1UL << 62)) == 1;
        report.Check("a wrong value for an MSR is reported"u8, !written && CpuInstructions.ReadMsr(ExtendedFeatures) == features, "it was written"u8);
    }

    // QEMU without KVM never faults on an MSR.
    private static bool IsForgiving() => HostCpuid.Read(0x40000000, 0).Ebx == 0x54474354; // "TCGT"

    private void CheckExtendedState()
    {
        ulong cr4 = CpuInstructions.ReadCr4();
        bool hasXsave = (HostCpuid.Read(1, 0).Ecx & (1 << 26)) != 0;
        if (hasXsave)
        {
            CpuInstructions.WriteCr4(cr4 | OsXsave);
            report.Check("XCR0 takes what it can"u8, CpuInstructions.TrySetXcr0(3) == 1, "a fault"u8);
            report.Check("XRSTOR reports a wrong area"u8, RestoresNonsense() == 0, "it was taken"u8);
        }

        report.Check("XCR0 reports a wrong value"u8, CpuInstructions.TrySetXcr0(0) == 0 && CpuInstructions.TrySetXcr0(1UL << 61 | 1) == 0, "it was taken"u8);
        CpuInstructions.WriteCr4(cr4);
    }

    private int RestoresNonsense()
    {
        if (!machine.Frames.TryAllocate(Platform.Memory.FrameOwner.Host, Platform.Memory.PageSize.Size4K, out HostFrame frame))
        {
            return 1;
        }

        byte* area = Platform.Memory.DirectMap.Pointer(frame.Address);
        CpuInstructions.SaveExtendedState(area, 3);
        *(ulong*)(area + 512) = 1UL << 61; // XSTATE_BV
        int result = CpuInstructions.TryRestoreExtendedState(area, 3);
        machine.Frames.Free(frame, Platform.Memory.PageSize.Size4K);
        return result;
    }

    private void CheckNames()
    {
        ulong start = (ulong)(delegate*<ulong, ulong>)&Named;
        ReadOnlySpan<byte> name = machine.Containment.MethodAt(start + 1, out ulong offset);
        report.Check("a code address has its method's name"u8, name.SequenceEqual("Multicosm.SelfTest.PrivilegedChecks.Named"u8) && offset == 1, "another"u8, offset);
        report.Check("a data address has none"u8, machine.Containment.MethodAt(KernelImage.DataStart, out _).IsEmpty && machine.Containment.MethodAt(0, out _).IsEmpty, "a name"u8);
    }

    private static ulong Named(ulong number) => (number * 0x9E3779B97F4A7C15) ^ 0x5E1F;
}
