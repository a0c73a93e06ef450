using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Memory;

namespace Multicosm.Unit.Paravirt.Emulation;

/// <summary>A PV vCPU with registers in native memory.</summary>
internal sealed unsafe class EmulatedVcpu : System.IDisposable
{
    public EmulatedVcpu(int index = 0)
    {
        Vcpu = new PvVcpu(NewDomain(), index) { Interrupts = null!, Cpuid = new CpuidTable(), Msrs = null! };
        Vcpu.Reset();
        Vcpu.Registers = (PvRegisters*)NativeMemory.AllocZeroed((nuint)sizeof(PvRegisters));
        Vcpu.Info = (byte*)NativeMemory.AllocZeroed(64);
        Registers.Rip = 0xFFFFFFFF81000000;
        Registers.Rflags = 0x202;
    }

    public PvVcpu Vcpu { get; }

    public ref PvRegisters Registers => ref *Vcpu.Registers;

    // None of what is emulated looks at its memory.
    private static PvDomain NewDomain()
    {
        FrameTable table = new(new HostWindow(null));
        return new PvDomain(0, new DomainMemory(table, new SharedMachineMap(table), null!, 0));
    }

    public void Dispose()
    {
        NativeMemory.Free(Vcpu.Registers);
        NativeMemory.Free(Vcpu.Info);
    }
}
