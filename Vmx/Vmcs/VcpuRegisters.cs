using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Exits;

namespace Multicosm.Vmx.Vmcs;

/// <summary>A vCPU's registers between VcpuState and the current VMCS.</summary>
internal static unsafe class VcpuRegisters
{
    private const uint Unusable = 1 << 16;
    private const uint Present = 1 << 7;
    private const ulong LongModeActive = 1 << 10;

    /// <summary>Reads them all.</summary>
    public static void Read(VmxVcpu vcpu, out VcpuState state)
    {
        GuestRegisters* registers = vcpu.Registers;
        ulong cr4 = CurrentVmcs.Read(VmcsGuestNatural.Cr4);
        state = new VcpuState
        {
            Rax = registers->Rax,
            Rbx = registers->Rbx,
            Rcx = registers->Rcx,
            Rdx = registers->Rdx,
            Rsi = registers->Rsi,
            Rdi = registers->Rdi,
            Rbp = registers->Rbp,
            Rsp = CurrentVmcs.Read(VmcsGuestNatural.Rsp),
            R8 = registers->R8,
            R9 = registers->R9,
            R10 = registers->R10,
            R11 = registers->R11,
            R12 = registers->R12,
            R13 = registers->R13,
            R14 = registers->R14,
            R15 = registers->R15,
            Rip = registers->Rip,
            Rflags = CurrentVmcs.Read(VmcsGuestNatural.Rflags),
            Cr0 = ControlRegisterExits.VisibleCr0(),
            Cr2 = CpuInstructions.ReadCr2(),
            Cr3 = CurrentVmcs.Read(VmcsGuestNatural.Cr3),
            Cr4 = cr4 & vcpu.Cr4Allowed,
            Efer = CurrentVmcs.Read(VmcsGuest64.Efer),
            GdtrBase = CurrentVmcs.Read(VmcsGuestNatural.GdtrBase),
            IdtrBase = CurrentVmcs.Read(VmcsGuestNatural.IdtrBase),
            GdtrLimit = CurrentVmcs.Read(VmcsGuest32.GdtrLimit),
            IdtrLimit = CurrentVmcs.Read(VmcsGuest32.IdtrLimit),
        };
        state.Es = ReadSegment(0);
        state.Cs = ReadSegment(1);
        state.Ss = ReadSegment(2);
        state.Ds = ReadSegment(3);
        state.Fs = ReadSegment(4);
        state.Gs = ReadSegment(5);
        state.Ldtr = ReadSegment(6);
        state.Tr = ReadSegment(7);
    }

    /// <summary>Reads the rest of an attached vCPU's registers.</summary>
    public static void ReadSystem(VmxVcpu vcpu, out VcpuSystemState state)
    {
        GuestRegisters* registers = vcpu.Registers;
        VcpuSwitch.SaveRegisters(registers); // they stay loaded
        state = new VcpuSystemState
        {
            Pdpte0 = CurrentVmcs.Read(VmcsGuest64.Pdpte0),
            Pdpte1 = CurrentVmcs.Read(VmcsGuest64.Pdpte1),
            Pdpte2 = CurrentVmcs.Read(VmcsGuest64.Pdpte2),
            Pdpte3 = CurrentVmcs.Read(VmcsGuest64.Pdpte3),
            Dr0 = registers->Dr0,
            Dr1 = registers->Dr1,
            Dr2 = registers->Dr2,
            Dr3 = registers->Dr3,
            Dr6 = registers->Dr6,
            Dr7 = CurrentVmcs.Read(VmcsGuestNatural.Dr7),
            Xcr0 = registers->Xcr0,
            Star = registers->Star,
            Lstar = registers->Lstar,
            Cstar = registers->Cstar,
            SyscallMask = registers->SyscallMask,
            SysenterCs = CurrentVmcs.Read(VmcsGuest32.SysenterCs),
            SysenterEsp = CurrentVmcs.Read(VmcsGuestNatural.SysenterEsp),
            SysenterEip = CurrentVmcs.Read(VmcsGuestNatural.SysenterEip),
            KernelGsBase = registers->KernelGsBase,
            TscAux = registers->TscAux,
            Pat = CurrentVmcs.Read(VmcsGuest64.Pat),
        };
    }

    /// <summary>Writes them all; <paramref name="cr4Fixed"/> are the CR4 bits that VMX operation needs.</summary>
    public static void Write(VmxVcpu vcpu, in VcpuState state, ulong cr4Fixed)
    {
        GuestRegisters* registers = vcpu.Registers;
        registers->Rax = state.Rax;
        registers->Rbx = state.Rbx;
        registers->Rcx = state.Rcx;
        registers->Rdx = state.Rdx;
        registers->Rsi = state.Rsi;
        registers->Rdi = state.Rdi;
        registers->Rbp = state.Rbp;
        registers->R8 = state.R8;
        registers->R9 = state.R9;
        registers->R10 = state.R10;
        registers->R11 = state.R11;
        registers->R12 = state.R12;
        registers->R13 = state.R13;
        registers->R14 = state.R14;
        registers->R15 = state.R15;
        registers->Rip = state.Rip;
        registers->Rflags = state.Rflags | 2;
        CurrentVmcs.Write(VmcsGuestNatural.Rsp, state.Rsp);
        CurrentVmcs.Write(VmcsGuestNatural.Rflags, state.Rflags | 2);
        ControlRegisterExits.SetCr0(state.Cr0);
        CpuInstructions.WriteCr2(state.Cr2);
        CurrentVmcs.Write(VmcsGuestNatural.Cr3, state.Cr3);
        CurrentVmcs.Write(VmcsGuestNatural.Cr4, state.Cr4 | cr4Fixed);
        CurrentVmcs.Write(VmcsControlNatural.Cr4Shadow, state.Cr4);
        CurrentVmcs.Write(VmcsGuest64.Efer, state.Efer);
        uint entry = CurrentVmcs.Read(VmcsControl32.Entry) & ~(uint)EntryControls.Ia32eModeGuest;
        CurrentVmcs.Write(VmcsControl32.Entry, (state.Efer & LongModeActive) != 0 ? entry | (uint)EntryControls.Ia32eModeGuest : entry);
        CurrentVmcs.Write(VmcsGuestNatural.GdtrBase, state.GdtrBase);
        CurrentVmcs.Write(VmcsGuestNatural.IdtrBase, state.IdtrBase);
        CurrentVmcs.Write(VmcsGuest32.GdtrLimit, state.GdtrLimit);
        CurrentVmcs.Write(VmcsGuest32.IdtrLimit, state.IdtrLimit);
        WriteSegment(0, in state.Es);
        WriteSegment(1, in state.Cs);
        WriteSegment(2, in state.Ss);
        WriteSegment(3, in state.Ds);
        WriteSegment(4, in state.Fs);
        WriteSegment(5, in state.Gs);
        WriteSegment(6, in state.Ldtr);
        WriteSegment(7, in state.Tr);
    }

    // The four fields of a segment have encodings in steps of two, in the same order.
    private static SegmentState ReadSegment(uint index) => new()
    {
        Selector = CurrentVmcs.Read(VmcsGuest16.EsSelector + (index * 2)),
        Base = CurrentVmcs.Read(VmcsGuestNatural.EsBase + (index * 2)),
        Limit = CurrentVmcs.Read(VmcsGuest32.EsLimit + (index * 2)),
        AccessRights = CurrentVmcs.Read(VmcsGuest32.EsAccessRights + (index * 2)),
    };

    private static void WriteSegment(uint index, in SegmentState segment)
    {
        uint rights = (segment.AccessRights & Present) == 0 ? Unusable : segment.AccessRights;
        CurrentVmcs.Write(VmcsGuest16.EsSelector + (index * 2), segment.Selector);
        CurrentVmcs.Write(VmcsGuestNatural.EsBase + (index * 2), segment.Base);
        CurrentVmcs.Write(VmcsGuest32.EsLimit + (index * 2), segment.Limit);
        CurrentVmcs.Write(VmcsGuest32.EsAccessRights + (index * 2), rights);
    }
}
