using System.Runtime.CompilerServices;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Vmx.Entry;

namespace Multicosm.Vmx.Exits;

/// <summary>
/// The short way of an access to a device: a plain move of 64-bit code whose operand lies in one page, with no breakpoint anywhere. The processor has checked it by
/// then, so there is nothing to do but to ask the device. <see cref="MemoryExits"/> has the way of all others.
/// </summary>
internal static unsafe class PlainAccess
{
    private const ulong PageBytes = 4096;
    private const ulong PageOffset = PageBytes - 1;
    private const ulong BreakpointEnables = 0xFF;

    /// <summary>After <see cref="VmxInstructions.ReadAccess"/>: does what the instruction at RIP does; false, with nothing done, if this is not the way for it.</summary>
    public static bool TryServe(VmxVcpu vcpu, GuestRegisters* registers)
    {
        ref PlainMove move = ref vcpu.Code.FetchMove(registers);
        int size = move.SizeBytes;
        ulong address = registers->AccessAddress;
        ulong offset = address & PageOffset;
        if (size == 0 || offset + (ulong)size > PageBytes || (offset == 0 && !StartsPage(registers, in move)) || (registers->Dr7 & BreakpointEnables) != 0)
        {
            return false;
        }

        GuestPhysicalAddress place = new(address);
        if (move.IsLoad)
        {
            ulong value = vcpu.Devices!.ReadMemory(place, size);
            Remember(vcpu, address, value);
            ulong* register = &registers->Rax + move.Register;
            *register = (*register & move.Mask) | value;
        }
        else
        {
            ulong value = ((&registers->Rax)[move.Register] & move.Mask) | move.Immediate;
            Remember(vcpu, address, value);
            vcpu.Devices!.WriteMemory(place, size, value);
        }

        vcpu.Advance(registers, move.Length);
        return true;
    }

    // For the exit's record.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Remember(VmxVcpu vcpu, ulong address, ulong value)
    {
        ref ExitArguments arguments = ref vcpu.History.LatestArguments;
        arguments.Address = address;
        arguments.Value = value;
    }

    // Not so if this is the second part of an operand that began in the page before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool StartsPage(GuestRegisters* registers, in PlainMove move) =>
        move.Base != PlainMove.NoRegister && (((&registers->Rax)[move.Base] + (ulong)move.Displacement) & PageOffset) == 0;
}
