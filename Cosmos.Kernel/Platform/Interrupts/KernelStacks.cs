using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Interrupts;

/// <summary>The CPU's stacks, each in a mapping of its own with unmapped pages on both sides.</summary>
public static class KernelStacks
{
    /// <summary>Stacks that the interrupt stack table names: NMI, #DF, #MC, #PF, #DB.</summary>
    public const uint InterruptStackCount = 5;

    /// <summary>Bytes above an interrupt stack's top that are mapped with it.</summary>
    public const ulong BytesAbove = 16;

    private const uint EntryStack = InterruptStackCount + 1;
    private const ulong WindowStart = KernelImage.Base + (384UL << 30);
    private const ulong SlotBytes = 128 * 1024;
    private const ulong MainBytes = 64 * 1024;
    private const ulong InterruptBytes = 16 * 1024;

    /// <summary>Top of the stack that the host's loop runs on.</summary>
    public static ulong MainStackTop => Top(0);

    /// <summary>
    /// Where the CPU starts on interrupt stack <paramref name="number"/> (1..5); above it lies the address of the CPU's state, since GS
    /// may be a guest's when such a stack is needed.
    /// </summary>
    public static ulong InterruptStackTop(uint number) => Top(number) - BytesAbove;

    /// <summary>Top of the stack for interrupts and exceptions of PV guests, from which they are also entered.</summary>
    public static ulong EntryStackTop => Top(EntryStack) - BytesAbove;

    /// <summary>True if <paramref name="address"/> lies in the stacks' window but in no stack.</summary>
    public static bool IsGuardPage(ulong address)
    {
        ulong slot = (address - WindowStart) / SlotBytes;
        if (slot != 0)
        {
            slot = (address - EntryArea.StackWindow) / SlotBytes;
            if (slot is < 1 or > EntryStack)
            {
                return false;
            }
        }

        ulong bytes = slot == 0 ? MainBytes : InterruptBytes;
        ulong fromTop = Top(slot) - address;
        return fromTop > bytes;
    }

    /// <summary>Gives the stacks frames.</summary>
    public static void Map(FrameAllocator frames, PageTables tables)
    {
        for (uint number = 0; number <= EntryStack; number++)
        {
            ulong bytes = number == 0 ? MainBytes : InterruptBytes;
            for (ulong page = Top(number) - bytes; page < Top(number); page += 4096)
            {
                if (!frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame frame)
                    || !tables.TryMap(page, frame.Address, 4096, PageFlags.Write))
                {
                    PanicScreen.Halt("no memory for stacks"u8, page);
                }
            }
        }
    }

    // The first stack is the host's alone; the others must be mapped while a PV guest runs. A slot ends with a guard page; the stack lies below it.
    private static ulong Top(ulong slot) => (slot == 0 ? WindowStart : EntryArea.StackWindow) + ((slot + 1) * SlotBytes) - 4096;
}
