using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Runtime;

/// <summary>
/// The arena of C# objects: a window of 2 MiB pages that grows while it is open and never shrinks. Objects live as long as the host.
/// Its first page is mapped through the start-up tables, before there is a frame allocator.
/// </summary>
public sealed unsafe class Arena : AllocationWindow
{
    /// <summary>First address of the window: the second half of the kernel's L4 slot.</summary>
    public const ulong WindowStart = KernelImage.Base + (256UL << 30);

    private const ulong PageBytes = 2UL << 20;
    private const ulong WindowBytes = 1UL << 30;
    private const ulong ClearBytes = 256UL << 10;
    private const ulong Headroom = 8UL << 20;

    private readonly FrameAllocator _frames;
    private readonly PageTables _tables;
    private ulong _mappedEnd;

    /// <summary>Takes over the arena that start-up began with <paramref name="mappedPages"/> pages.</summary>
    public Arena(FrameAllocator frames, PageTables tables, int mappedPages)
    {
        _frames = frames;
        _tables = tables;
        _mappedEnd = WindowStart + ((ulong)mappedPages * PageBytes);
    }

    /// <inheritdoc/>
    public override ulong UsedBytes => UsedEnd() - WindowStart;

    /// <inheritdoc/>
    public override ulong FreeBytes => WindowStart + WindowBytes - UsedEnd() < Headroom ? 0 : Math.Min(WindowStart + WindowBytes - UsedEnd(), (_mappedEnd - UsedEnd()) + _frames.FreeBytes);

    /// <summary>Starts the arena with one cleared 2 MiB page at <paramref name="physical"/>, through the start-up tables.</summary>
    public static void Start(ulong physical, int index)
    {
        ((ulong*)KernelImage.ArenaDirectory)[index] = physical | 0x83 | (1UL << 63); // present, write, large, no execution
    }

    /// <summary>Lets allocation begin over the first <paramref name="pages"/> pages.</summary>
    public static void Begin(int pages) => Set(WindowStart, WindowStart + ((ulong)pages * PageBytes));

    /// <inheritdoc/>
    public override void Open()
    {
        ulong used = UsedEnd();
        while (_mappedEnd - used < Headroom && _mappedEnd < WindowStart + WindowBytes)
        {
            if (!_frames.TryAllocate(FrameOwner.Host, PageSize.Size2M, out HostFrame frame))
            {
                break; // what is mapped may still do; else the allocation faults and says so
            }

            Clear(frame.Address);
            if (!_tables.TryMap(_mappedEnd, frame.Address, PageBytes, PageFlags.Write))
            {
                PanicScreen.Halt("no frame for the arena's page tables"u8, _mappedEnd);
            }

            _mappedEnd += PageBytes;
        }

        Set(used, _mappedEnd);
    }

    /// <summary>The serial line, served while a page is cleared; null while the machine is brought up.</summary>
    public SerialLine? Line { get; set; }

    // 2 MiB at once would take longer than the UART's FIFO lasts.
    private void Clear(HostPhysicalAddress page)
    {
        for (ulong offset = 0; offset < PageBytes; offset += ClearBytes)
        {
            DirectMap.Clear(page.Add(offset), ClearBytes);
            Line?.Service();
        }
    }

    /// <inheritdoc/>
    public override void Seal()
    {
        ulong used = UsedEnd();
        Set(used, used);
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "arena_set")]
    private static extern void Set(ulong next, ulong limit);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "arena_used_end")]
    private static extern ulong UsedEnd();
}
