using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Entry;

namespace Multicosm.Unit.Paravirt.Emulation;

/// <summary>A PV vCPU with registers in native memory.</summary>
internal sealed unsafe class EmulatedVcpu : System.IDisposable
{
    public EmulatedVcpu(int index = 0)
    {
        Vcpu = new PvVcpu(new PvDomain(0, null!), index) { Interrupts = null!, Cpuid = new CpuidTable(), Msrs = null! };
        Vcpu.Reset();
        Vcpu.Registers = (PvRegisters*)NativeMemory.AllocZeroed((nuint)sizeof(PvRegisters));
        Vcpu.Info = (byte*)NativeMemory.AllocZeroed(64);
        Registers.Rip = 0xFFFFFFFF81000000;
        Registers.Rflags = 0x202;
    }

    public PvVcpu Vcpu { get; }

    public ref PvRegisters Registers => ref *Vcpu.Registers;

    public void Dispose()
    {
        NativeMemory.Free(Vcpu.Registers);
        NativeMemory.Free(Vcpu.Info);
    }
}
