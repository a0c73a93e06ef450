using System.Threading;
using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Memory;

namespace Multicosm.SelfTest;

/// <summary>The frame allocator over the PC's real memory, and the direct map that shows it.</summary>
internal sealed unsafe class FrameChecks(HostMachine machine, Report report)
{
    private const int Count = 256;
    private const ulong Pattern = 0x5A17_0000_0000_0000;
    private const ulong TestWindow = 0xFFFF8F0000000000; // a slot that nothing else uses
    private static readonly FrameOwner s_owner = FrameOwner.Domain(7);

    private readonly ulong[] _frames = new ulong[Count];
    private readonly FaultingWork _work = new();

    /// <summary>All of them.</summary>
    public void Run()
    {
        CheckRam();
        CheckPages();
        CheckRuns();
        CheckExhaustion();
        CheckMapping();
    }

    // Every page of RAM that the memory map lists can be read where the direct map says.
    private void CheckRam()
    {
        ulong ram = 0;
        ulong faults = 0;
        _work.Fault = Fault.Read;
        for (int i = 0; i < BootInformation.RangeCount; i++)
        {
            MemoryRange range = BootInformation.Range(i);
            ulong start = (range.Start + 4095) & ~4095UL;
            for (ulong page = start == 0 ? 4096 : start; range.Type == 1 && page + 4096 <= range.End; page += 4096)
            {
                ram += 4096;
                _work.Address = (ulong)DirectMap.Pointer(page);
                faults += machine.Containment.TryRun(_work) ? 0u : 1;
            }
        }

        report.Check("the direct map shows all RAM"u8, faults == 0 && ram > 64 << 20, "pages are absent"u8, faults);
        report.Check("the allocator knows the RAM"u8, machine.Frames.TotalBytes <= ram && machine.Frames.TotalBytes + (2 << 20) >= ram, "other bytes"u8, machine.Frames.TotalBytes);
        report.Check("free memory is less than all"u8, machine.Frames.FreeBytes < machine.Frames.TotalBytes && machine.Frames.FreeBytes > machine.Frames.TotalBytes / 2, "bytes"u8, machine.Frames.FreeBytes);
    }

    private void CheckPages()
    {
        ulong free = machine.Frames.FreeBytes;
        bool allocated = true;
        for (int i = 0; i < Count; i++)
        {
            allocated &= machine.Frames.TryAllocate(s_owner, PageSize.Size4K, out HostFrame frame);
            _frames[i] = frame.Number;
            Volatile.Write(ref *(ulong*)DirectMap.Pointer(frame.Address), Pattern + (uint)i);
        }

        bool distinct = true;
        bool owned = true;
        for (int i = 0; i < Count; i++)
        {
            HostFrame frame = new(_frames[i]);
            distinct &= Volatile.Read(ref *(ulong*)DirectMap.Pointer(frame.Address)) == Pattern + (uint)i;
            owned &= machine.Frames.OwnerOf(frame).Id == s_owner.Id;
        }

        report.Check("256 frames are allocated"u8, allocated && machine.Frames.FreeBytes == free - (Count * 4096), "not all"u8);
        report.Check("256 frames are distinct"u8, distinct, "two are one"u8);
        report.Check("256 frames have their owner"u8, owned && machine.Frames.BytesOwnedBy(7) == Count * 4096, "another"u8, machine.Frames.BytesOwnedBy(7));
        for (int i = 0; i < Count; i++)
        {
            machine.Frames.Free(new HostFrame(_frames[i]), PageSize.Size4K);
        }

        report.Check("256 frames are free again"u8, machine.Frames.FreeBytes == free && machine.Frames.BytesOwnedBy(7) == 0, "bytes"u8, machine.Frames.FreeBytes);
    }

    private void CheckRuns()
    {
        ulong free = machine.Frames.FreeBytes;
        bool first = machine.Frames.TryAllocate(s_owner, PageSize.Size2M, out HostFrame one);
        bool second = machine.Frames.TryAllocate(s_owner, PageSize.Size2M, out HostFrame two);
        report.Check("2 MiB runs are allocated"u8, first && second && machine.Frames.FreeBytes == free - (4 << 20), "not both"u8);
        report.Check("2 MiB runs are aligned"u8, one.Number % 512 == 0 && two.Number % 512 == 0 && one.Number != two.Number, "not both"u8, one.Number);
        bool owned = true;
        for (ulong i = 0; i < 512; i++)
        {
            owned &= machine.Frames.OwnerOf(new HostFrame(one.Number + i)).Id == s_owner.Id;
        }

        report.Check("2 MiB runs have their owner"u8, owned, "another"u8);
        DirectMap.Clear(one.Address, 2 << 20);
        bool clear = true;
        for (ulong offset = 0; offset < 2 << 20; offset += 8)
        {
            clear &= Volatile.Read(ref *(ulong*)DirectMap.Pointer(one.Address.Add(offset))) == 0;
        }

        report.Check("2 MiB are cleared"u8, clear, "not all"u8);
        machine.Frames.Free(one, PageSize.Size2M);
        machine.Frames.Free(two, PageSize.Size2M);
        report.Check("2 MiB runs are free again"u8, machine.Frames.FreeBytes == free, "bytes"u8, machine.Frames.FreeBytes);
    }

    private void CheckExhaustion()
    {
        ulong free = machine.Frames.FreeBytes;
        ulong bytes = 0;
        while (machine.Frames.TryAllocate(s_owner, PageSize.Size2M, out _))
        {
            bytes += 2 << 20;
        }

        while (machine.Frames.TryAllocate(s_owner, PageSize.Size4K, out _))
        {
            bytes += 4096;
        }

        report.Check("all memory can be allocated"u8, bytes == free && machine.Frames.FreeBytes == 0, "bytes"u8, bytes);
        int cursor = 0;
        while (!machine.Frames.Sweep(s_owner, ref cursor, 16))
        {
        }

        report.Check("a sweep frees all of it"u8, machine.Frames.FreeBytes == free && machine.Frames.BytesOwnedBy(7) == 0, "bytes"u8, machine.Frames.FreeBytes);
    }

    private void CheckMapping()
    {
        bool allocated = machine.Frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame frame);
        bool mapped = machine.Tables.TryMap(TestWindow, frame.Address, 4096, PageFlags.None);
        Volatile.Write(ref *(ulong*)DirectMap.Pointer(frame.Address), Pattern);
        report.Check("a page can be mapped"u8, allocated && mapped && Volatile.Read(ref *(ulong*)TestWindow) == Pattern, "another value"u8);
        _work.Fault = Fault.Write;
        _work.Address = TestWindow;
        report.Check("a page mapped read-only is"u8, !machine.Containment.TryRun(_work) && Volatile.Read(ref *(ulong*)TestWindow) == Pattern, "it was written"u8);
    }
}
