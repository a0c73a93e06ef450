using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Entry;

/// <summary>
/// Opens and closes the ways between a guest's kernel and its user programs that assembly goes alone (pv_short.asm). They are open while
/// the top of the kernel's stack is known to lie in one page that it may write, whose entry is marked accessed and dirty.
/// </summary>
internal static unsafe class ShortWays
{
    private const int FrameBytes = 8 * sizeof(ulong); // with an error code
    private const byte MasksEvents = 4;
    private const byte PageFault = 14;
    private const ulong NoPage = 1;

    /// <summary>Something that they depend on has changed: they are closed until the guest is entered next.</summary>
    public static void OnChange(PvVcpu vcpu) => vcpu.StackEntry = null;

    /// <summary>True if nothing has changed since they were opened, or found to be closed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreRight(PvVcpu vcpu) =>
        vcpu.StackEntry != null && *vcpu.StackEntry == vcpu.StackRaw && vcpu.StackChanges == vcpu.Domain.Ram.Types.Changes;

    /// <summary>
    /// Before the guest is entered: opens them for its user programs, if it can be. Its kernel, which may change tables again and again, finds
    /// them closed until it has returned from a trap.
    /// </summary>
    public static void Renew(PvVcpu vcpu)
    {
        PvRegisters* registers = vcpu.Registers;
        registers->StackPage = NoPage;
        registers->UserFrame = 0;
        vcpu.StackEntry = &registers->StackPage; // which stays the same: while nothing changes they need not be opened again
        vcpu.StackRaw = NoPage;
        vcpu.StackChanges = vcpu.Domain.Ram.Types.Changes;
        if (!vcpu.IsKernelMode || vcpu.HasReturned)
        {
            Open(vcpu, registers);
        }

        vcpu.HasReturned = false;
    }

    /// <summary>The guest's kernel has made the hypercall iret, and came out for it: it may do so again.</summary>
    public static void OnReturn(PvVcpu vcpu)
    {
        vcpu.HasReturned = true;
        if (vcpu.Registers->StackPage == NoPage)
        {
            OnChange(vcpu);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Open(PvVcpu vcpu, PvRegisters* registers)
    {
        ulong top = vcpu.KernelSp & ~15UL;
        ulong lowest = top - FrameBytes;
        bool isUsual = !vcpu.IsInNmi && !vcpu.Domain.ShowsIoPrivilege;
        byte* frame = isUsual ? GuestSpace.FindStack(vcpu, lowest, FrameBytes) : null;
        if (frame == null)
        {
            return;
        }

        ref FoundPage found = ref vcpu.FoundPage(lowest ^ vcpu.KernelTable); // FindStack's
        vcpu.StackEntry = found.Entry;
        vcpu.StackRaw = found.Raw;
        registers->KernelTable = vcpu.KernelTable;
        registers->UserTable = vcpu.UserTable;
        registers->Info = (ulong)vcpu.Info;
        registers->SyscallHandler = vcpu.SyscallMasks ? Handler(vcpu.SyscallAddress) : 0;
        ref TrapEntry fault = ref vcpu.Trap(PageFault);
        registers->PageFaultHandler = (fault.Flags & MasksEvents) != 0 ? Handler(fault.Address) : 0;
        registers->StackPage = lowest & ~0xFFFUL;
        registers->StackStart = (ulong)frame & ~0xFFFUL;
        registers->UserFrame = (ulong)frame + sizeof(ulong);
        registers->UserFrameRsp = lowest + sizeof(ulong);
    }

    /// <summary>Adds to the exits of <paramref name="history"/> how often they were gone.</summary>
    public static void Count(PvRegisters* registers, ExitHistory history)
    {
        history.Add(PvExitNames.Syscall, registers->ShortSyscalls);
        history.Add(PvExitNames.PageFault, registers->ShortFaults);
        history.Add(PvExitNames.Return, registers->ShortReturns);
        registers->ShortSyscalls = registers->ShortFaults = registers->ShortReturns = 0;
    }

    // SYSRET would fault in ring 0 on another.
    private static ulong Handler(ulong address) => Addresses.IsCanonical(address) ? address : 0;
}
