using System;
using Multicosm.Machine;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>A VM entry that the processor refused: finds the field, its value and the rule that it breaks.</summary>
internal static unsafe class EntryFailure
{
    /// <summary>The guest state was refused (an exit with the entry-failure bit).</summary>
    public static ExitAction OfGuestState(VmxVcpu vcpu)
    {
        ExitAction action = vcpu.Fail(CrashReason.EntryFailure, "VM entry refused: "u8);
        if (!GuestStateCheck.TryFindViolation(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule))
        {
            vcpu.Crash.AppendDetail("exit reason 0x"u8);
            vcpu.Crash.AppendHex(vcpu.Registers->ExitReason);
            vcpu.Crash.AppendDetail(", qualification "u8);
            vcpu.Crash.AppendNumber(vcpu.Registers->Qualification);
            vcpu.Crash.AppendDetail(", and no check known here is broken"u8);
            return action;
        }

        Describe(vcpu, field, value, rule);
        return action;
    }

    /// <summary>VMLAUNCH or VMRESUME failed: a control or host field was refused.</summary>
    /// <source>SDM 3C, "VM Instruction Error Numbers"</source>
    public static ExitAction OfInstruction(VmxVcpu vcpu, int result)
    {
        ExitAction action = vcpu.Fail(CrashReason.EntryFailure, "VM entry failed: "u8);
        if (result == 1)
        {
            vcpu.Crash.AppendDetail("no current VMCS"u8);
            return action;
        }

        uint error = CurrentVmcs.Read(VmcsExitInfo32.InstructionError);
        Describe(vcpu, "VM-instruction error"u8, error, ErrorName(error));
        if (ControlStateCheck.TryFindViolation(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule))
        {
            vcpu.Crash.AppendDetail("; "u8);
            Describe(vcpu, field, value, rule);
        }

        return action;
    }

    private static void Describe(VmxVcpu vcpu, ReadOnlySpan<byte> field, ulong value, ReadOnlySpan<byte> rule)
    {
        vcpu.Crash.AppendDetail(field);
        vcpu.Crash.AppendDetail(" = 0x"u8);
        vcpu.Crash.AppendHex(value);
        vcpu.Crash.AppendDetail(": "u8);
        vcpu.Crash.AppendDetail(rule);
    }

    private static ReadOnlySpan<byte> ErrorName(uint error) => error switch
    {
        4 => "VMLAUNCH with a VMCS that is not clear"u8,
        5 => "VMRESUME with a VMCS that is not launched"u8,
        6 => "VMRESUME after VMXOFF"u8,
        7 => "invalid control fields"u8,
        8 => "invalid host-state fields"u8,
        12 => "VMREAD or VMWRITE of an unsupported field"u8,
        26 => "events blocked by MOV SS"u8,
        _ => "see VM Instruction Error Numbers"u8,
    };
}
