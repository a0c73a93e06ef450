using Multicosm.Decoder;
using Multicosm.Paravirt.Entry;

namespace Multicosm.Paravirt.Emulation;

/// <summary>
/// I/O instructions. A PV guest has no ports: what it reads is all ones, what it writes is dropped. Whether it may try at all is decided
/// by the I/O privilege level that its kernel has asked for.
/// </summary>
/// <source>SDM 2, "Instruction Set Reference"; Xen headers "physdev.h"</source>
internal static unsafe class PortInstructions
{
    private const int KernelLevel = 1;
    private const int UserLevel = 3;

    /// <summary>True if the I/O privilege level lets whoever runs now use all ports, CLI and STI.</summary>
    public static bool HasPrivilege(PvVcpu vcpu) => vcpu.IoPrivilege >= (vcpu.IsKernelMode ? KernelLevel : UserLevel);

    /// <summary>IN, OUT or a string of them: Done, or NotMine if it is not allowed.</summary>
    public static EmulationOutcome Run(PvVcpu vcpu, in PrivilegedInstruction instruction)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        if (!HasPrivilege(vcpu))
        {
            return EmulationOutcome.NotMine;
        }

        switch (instruction.Operation)
        {
            case PrivilegedOperation.In:
                GuestRegister.Write(ref registers, GuestRegister.Rax, instruction.SizeBytes, ulong.MaxValue);
                return EmulationOutcome.Done;
            case PrivilegedOperation.Out:
                return EmulationOutcome.Done;
            default:
                return EmulationOutcome.NotMine;
        }
    }
}
