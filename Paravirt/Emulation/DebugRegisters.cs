using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Emulation;

/// <summary>The debug registers that a guest may set, by MOV or by hypercall.</summary>
/// <source>SDM 3B, "Debug Registers"; Xen headers "xen.h"</source>
internal static class DebugRegisters
{
    private const ulong Dr6Writable = 0xE00F;
    private const ulong Dr6Fixed = 0xFFFF0FF0;
    private const ulong Dr7Writable = 0xFFFF03FF;
    private const ulong Dr7Fixed = 0x400;
    private const ulong GeneralDetect = 1 << 13;
    private const int IoBreakpoint = 2;

    /// <summary>
    /// Sets register <paramref name="number"/>. NotPermitted for an address in the hypervisor's range or one that does not exist, for
    /// upper halves, and for what would tell the guest of the hypervisor: general detect, breakpoints on ports. Invalid for 4, 5 and above 7.
    /// </summary>
    public static XenError TryWrite(PvVcpu vcpu, int number, ulong value)
    {
        switch (number)
        {
            case < 4 when number >= 0:
                if (!GuestSpace.IsGuestAddress(value))
                {
                    return XenError.NotPermitted;
                }

                Address(vcpu, number) = value;
                return XenError.None;
            case 6 when value >> 32 == 0:
                vcpu.Dr6 = (value & Dr6Writable) | Dr6Fixed;
                return XenError.None;
            case 7 when value >> 32 == 0 && (value & GeneralDetect) == 0 && !HasIoBreakpoint(value):
                vcpu.Dr7 = (value & Dr7Writable) | Dr7Fixed;
                return XenError.None;
            default:
                return number is 6 or 7 ? XenError.NotPermitted : XenError.Invalid;
        }
    }

    /// <summary>Reads register <paramref name="number"/>; false for 4, 5 and above 7.</summary>
    public static bool TryRead(PvVcpu vcpu, int number, out ulong value)
    {
        value = number switch
        {
            >= 0 and < 4 => Address(vcpu, number),
            6 => vcpu.Dr6,
            7 => vcpu.Dr7,
            _ => 0,
        };
        return number is >= 0 and < 4 or 6 or 7;
    }

    private static ref ulong Address(PvVcpu vcpu, int number)
    {
        switch (number)
        {
            case 0: return ref vcpu.Dr0;
            case 1: return ref vcpu.Dr1;
            case 2: return ref vcpu.Dr2;
            default: return ref vcpu.Dr3;
        }
    }

    private static bool HasIoBreakpoint(ulong dr7)
    {
        for (int i = 0; i < 4; i++)
        {
            if ((dr7 >> (16 + (4 * i)) & 3) == IoBreakpoint)
            {
                return true;
            }
        }

        return false;
    }
}
