using System.Runtime.CompilerServices;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Debug exceptions that instructions done for the guest would have raised.</summary>
/// <source>SDM 3B, "Debug Registers"; SDM 3C, "Guest Non-Register State"</source>
internal static unsafe class DebugTraps
{
    private const ulong Enables = 0xFF;
    private const ulong Matches = 15;
    private const ulong Conditions = 0x600F; // B0 to B3, BD, BS
    private const ulong GeneralDetect = 1 << 13;
    private const ulong TaskTrap = 1 << 15;
    private const ulong DebuggingExtensions = 1 << 3;
    private const ulong EnabledBreakpoint = 1 << 12;
    private const ulong LastBranchAndBranchStep = 3;
    private const uint IoBreakpoint = 2;

    /// <summary>True if DR7 enables any breakpoint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasBreakpoints() => (CurrentVmcs.Read(VmcsGuestNatural.Dr7) & Enables) != 0;

    /// <summary>After an access to <paramref name="sizeBytes"/> ports: breakpoints on them become pending.</summary>
    public static void PortDone(VmxVcpu vcpu, ulong port, int sizeBytes)
    {
        ulong dr7 = CurrentVmcs.Read(VmcsGuestNatural.Dr7);
        if ((dr7 & Enables) != 0 && (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & DebuggingExtensions) != 0)
        {
            SetPending(Match(vcpu, dr7, port, (ulong)sizeBytes, 1u << (int)IoBreakpoint));
        }
    }

    /// <summary>After an operand in memory, of perhaps no bytes, was read or written: breakpoints on its linear address become pending.</summary>
    public static void OperandDone(VmxVcpu vcpu, ulong linear, int sizeBytes, bool write)
    {
        const uint ReadsAndWrites = 1 << 3;
        const uint Writes = 1 << 1;
        if (sizeBytes != 0)
        {
            ulong dr7 = CurrentVmcs.Read(VmcsGuestNatural.Dr7);
            SetPending(Match(vcpu, dr7, linear, (ulong)sizeBytes, write ? ReadsAndWrites | Writes : ReadsAndWrites));
        }
    }

    /// <summary>A #DB that exits has changed neither DR6 nor DR7 nor IA32_DEBUGCTL yet; B0 to B3 are this one's alone.</summary>
    public static void Report(VmxVcpu vcpu, ulong conditions)
    {
        SwitchedState.SaveDebug(&vcpu.Registers->Dr0);
        vcpu.Registers->Dr6 = (vcpu.Registers->Dr6 & ~Matches) | conditions;
        SwitchedState.LoadDebug(&vcpu.Registers->Dr0);
        CurrentVmcs.Write(VmcsGuestNatural.Dr7, CurrentVmcs.Read(VmcsGuestNatural.Dr7) & ~GeneralDetect);
        CurrentVmcs.Write(VmcsGuest64.DebugControl, CurrentVmcs.Read(VmcsGuest64.DebugControl) & ~LastBranchAndBranchStep);
        int row = vcpu.Msrs.Find(VmxMsr.DebugControl); // LBR is kept in the table alone
        _ = vcpu.Msrs.TryStore(row, vcpu.Msrs.Value(row) & ~LastBranchAndBranchStep); // less than what was stored is never refused
    }

    /// <summary>The same for one that the exit's qualification describes.</summary>
    public static void ReportExit(VmxVcpu vcpu) => Report(vcpu, vcpu.Registers->Qualification & Conditions);

    /// <summary>A task starts whose T flag is set.</summary>
    public static ExitAction TaskStarted(VmxVcpu vcpu)
    {
        Report(vcpu, TaskTrap);
        return Injection.Debug(vcpu);
    }

    private static void SetPending(ulong matches)
    {
        if (matches != 0)
        {
            ulong pending = CurrentVmcs.Read(VmcsGuestNatural.PendingDebugExceptions);
            CurrentVmcs.Write(VmcsGuestNatural.PendingDebugExceptions, pending | matches | EnabledBreakpoint);
        }
    }

    // Bit n for each enabled breakpoint of a kind in `kinds` (a bit for each value of R/W) that overlaps.
    private static ulong Match(VmxVcpu vcpu, ulong dr7, ulong address, ulong bytes, uint kinds)
    {
        SwitchedState.SaveDebug(&vcpu.Registers->Dr0); // they stay loaded
        ulong matches = 0;
        for (int i = 0; i < 4; i++)
        {
            uint control = (uint)(dr7 >> (16 + (i * 4))) & 15;
            uint length = (control >> 2) switch
            {
                0 => 1,
                1 => 2,
                2 => 8,
                _ => 4,
            };
            ulong start = (&vcpu.Registers->Dr0)[i] & ~(ulong)(length - 1);
            bool isEnabled = (dr7 >> (i * 2) & 3) != 0 && (kinds >> (int)(control & 3) & 1) != 0;
            if (isEnabled && start < address + bytes && address < start + length)
            {
                matches |= 1UL << i;
            }
        }

        return matches;
    }
}
