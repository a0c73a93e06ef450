using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Interrupts;

/// <summary>The CPU's stacks, each in a mapping of its own with unmapped pages on both sides.</summary>
public static class KernelStacks
{
    /// <summary>Stacks that the interrupt stack table names: NMI, #DF, #MC, #PF.</summary>
    public const uint InterruptStackCount = 4;

    private const ulong WindowStart = KernelImage.Base + (384UL << 30);
    private const ulong SlotBytes = 128 * 1024;
    private const ulong MainBytes = 64 * 1024;
    private const ulong InterruptBytes = 16 * 1024;

    /// <summary>Top of the stack that the host's loop runs on.</summary>
    public static ulong MainStackTop => Top(0);

    /// <summary>Top of interrupt stack <paramref name="number"/> (1..4).</summary>
    public static ulong InterruptStackTop(uint number) => Top(number);

    /// <summary>True if <paramref name="address"/> lies in the stacks' window but in no stack.</summary>
    public static bool IsGuardPage(ulong address)
    {
        ulong offset = address - WindowStart;
        if (offset >= SlotBytes * (InterruptStackCount + 1))
        {
            return false;
        }

        ulong bytes = offset / SlotBytes == 0 ? MainBytes : InterruptBytes;
        ulong fromTop = Top(offset / SlotBytes) - address;
        return fromTop > bytes;
    }

    /// <summary>Gives the stacks frames.</summary>
    public static void Map(FrameAllocator frames, PageTables tables)
    {
        for (uint number = 0; number <= InterruptStackCount; number++)
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

    // A slot ends with a guard page; the stack lies below it.
    private static ulong Top(ulong slot) => WindowStart + ((slot + 1) * SlotBytes) - 4096;
}
