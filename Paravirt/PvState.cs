using Multicosm.Machine;
using Multicosm.Paravirt.Entry;
using Multicosm.Platform.Cpu;

namespace Multicosm.Paravirt;

/// <summary>A PV vCPU's registers as an inspection shows them.</summary>
internal static unsafe class PvState
{
    private const ulong Paged = 0x80050033; // CR0: PG, AM, WP, NE, ET, MP, PE
    private const ulong PhysicalAddressExtension = 0x620; // CR4: PAE, OSFXSR, OSXMMEXCPT
    private const ulong LongMode = 0xD01; // EFER: NXE, LMA, LME, SCE
    private const uint Code64 = 0xA0FB;
    private const uint Data = 0xC0F3;

    /// <summary>Reads the registers; CR3 is the machine address of the table that the guest runs on.</summary>
    public static void Read(PvVcpu vcpu, out VcpuState state)
    {
        state = default;
        PvRegisters* registers = vcpu.Registers;
        if (registers == null)
        {
            return;
        }

        state.Rax = registers->Rax;
        state.Rbx = registers->Rbx;
        state.Rcx = registers->Rcx;
        state.Rdx = registers->Rdx;
        state.Rsi = registers->Rsi;
        state.Rdi = registers->Rdi;
        state.Rbp = registers->Rbp;
        state.Rsp = registers->Rsp;
        state.R8 = registers->R8;
        state.R9 = registers->R9;
        state.R10 = registers->R10;
        state.R11 = registers->R11;
        state.R12 = registers->R12;
        state.R13 = registers->R13;
        state.R14 = registers->R14;
        state.R15 = registers->R15;
        state.Rip = registers->Rip;
        state.Rflags = registers->Rflags;
        state.Cr0 = Paged | (vcpu.IsTaskSwitched ? 8u : 0);
        state.Cr2 = *(ulong*)(vcpu.Info + 16);
        state.Cr3 = registers->Cr3;
        state.Cr4 = PhysicalAddressExtension | vcpu.Cr4;
        state.Efer = LongMode;
        state.Cs = new SegmentState { Selector = (ushort)registers->Cs, Limit = uint.MaxValue, AccessRights = Code64 };
        state.Ss = new SegmentState { Selector = (ushort)registers->Ss, Limit = uint.MaxValue, AccessRights = Data };
        state.Ds = new SegmentState { Selector = vcpu.Ds, AccessRights = Data };
        state.Es = new SegmentState { Selector = vcpu.Es, AccessRights = Data };
        state.Fs = new SegmentState { Selector = vcpu.Fs, Base = CpuInstructions.ReadMsr(PvMsr.FsBase), AccessRights = Data };
        state.Gs = new SegmentState { Selector = vcpu.Gs, Base = CpuInstructions.ReadMsr(PvMsr.KernelGsBase), AccessRights = Data };
    }

    /// <summary>Reads the rest.</summary>
    public static void ReadSystem(PvVcpu vcpu, out VcpuSystemState state) => state = new VcpuSystemState
    {
        Dr0 = vcpu.Dr0,
        Dr1 = vcpu.Dr1,
        Dr2 = vcpu.Dr2,
        Dr3 = vcpu.Dr3,
        Dr6 = vcpu.Dr6,
        Dr7 = vcpu.Dr7,
        Xcr0 = vcpu.Xcr0,
        Lstar = vcpu.SyscallAddress,
        KernelGsBase = vcpu.Registers == null ? 0 : vcpu.InactiveGsBase,
    };
}
