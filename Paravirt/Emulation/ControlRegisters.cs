using Multicosm.Machine;

namespace Multicosm.Paravirt.Emulation;

/// <summary>The control registers as a PV guest sees and sets them.</summary>
/// <source>SDM 3A, "Control Registers"; Xen headers "arch-x86/xen-x86_64.h"</source>
internal static unsafe class ControlRegisters
{
    /// <summary>CR4.OSXSAVE.</summary>
    public const ulong OsXsave = 1 << 18;

    /// <summary>CR4.TSD.</summary>
    public const ulong TimeStampDisable = 1 << 2;

    private const ulong DebuggingExtensions = 1 << 3;
    private const ulong FsGsBase = 1 << 16;
    private const ulong Cr4Fixed = (1 << 5) | (1 << 6) | (1 << 9) | (1 << 10); // PAE, MCE, OSFXSR, OSXMMEXCPT
    private const ulong Cr0Fixed = 0x80050033; // PG, AM, WP, NE, ET, MP, PE
    private const ulong TaskSwitched = 1 << 3;
    private const int Cr2Offset = 16; // in vcpu_info
    private const uint XsaveFeature = 1 << 26;
    private const uint FsGsBaseFeature = 1;
    private const ulong X87State = 1;
    private const ulong SseState = 2;
    private const ulong AvxState = 4;

    /// <summary>CR0: what the guest runs with, and its own TS.</summary>
    public static ulong Cr0(PvVcpu vcpu) => Cr0Fixed | (vcpu.IsTaskSwitched ? TaskSwitched : 0);

    /// <summary>CR4: what the guest runs with, and its own bits.</summary>
    public static ulong Cr4(PvVcpu vcpu) => Cr4Fixed | vcpu.Cr4;

    /// <summary>CR2, which is in memory that the guest shares.</summary>
    public static ref ulong Cr2(PvVcpu vcpu) => ref *(ulong*)(vcpu.Info + Cr2Offset); // Safe because vcpu_info is mapped as long as the vCPU runs.

    /// <summary>Writes CR0; false, #GP(0), if more than TS changes.</summary>
    public static bool TryWriteCr0(PvVcpu vcpu, ulong value)
    {
        if (((value ^ Cr0(vcpu)) & ~TaskSwitched) != 0)
        {
            return false;
        }

        vcpu.IsTaskSwitched = (value & TaskSwitched) != 0;
        return true;
    }

    /// <summary>Writes the bits of CR4 that are the guest's, as far as its CPUID has them; the others stay as they are.</summary>
    public static void WriteCr4(PvVcpu vcpu, ulong value)
    {
        ulong allowed = TimeStampDisable | DebuggingExtensions;
        allowed |= (vcpu.Cpuid.Lookup(1, 0).Ecx & XsaveFeature) != 0 ? OsXsave : 0;
        allowed |= (vcpu.Cpuid.Lookup(7, 0).Ebx & FsGsBaseFeature) != 0 ? FsGsBase : 0;
        vcpu.Cr4 = value & allowed;
    }

    /// <summary>Writes XCR0; false, #GP(0), for a value that the guest's CPUID or the processor does not allow.</summary>
    public static bool TryWriteXcr0(PvVcpu vcpu, uint index, ulong value)
    {
        ref readonly CpuidResult supported = ref vcpu.Cpuid.Lookup(0xD, 0);
        ulong known = ((ulong)supported.Edx << 32) | supported.Eax;
        bool isComplete = (value & X87State) != 0 && ((value & AvxState) == 0 || (value & SseState) != 0);
        if (index != 0 || (value & ~known) != 0 || !isComplete)
        {
            return false;
        }

        vcpu.Xcr0 = value;
        return true;
    }

    /// <summary>The debug register that <paramref name="number"/> names: 4 and 5 are 6 and 7, unless CR4.DE is set, when they are none.</summary>
    public static int DebugNumber(PvVcpu vcpu, int number)
        => number is 4 or 5 && (vcpu.Cr4 & DebuggingExtensions) == 0 ? number + 2 : number;
}
