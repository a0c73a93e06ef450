using System;
using System.Runtime.InteropServices;
using System.Threading;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>set_gdt and update_descriptor. They take the domain's page lock.</summary>
/// <source>Xen headers "xen.h"</source>
internal static unsafe class DescriptorHypercalls
{
    private const int EntriesPerPage = 512;

    /// <summary>set_gdt: an array of frame numbers, as many as <paramref name="entries"/> descriptors need; 0 entries is no GDT of the guest's own.</summary>
    public static long SetGdt(PvVcpu caller, ulong frameList, ulong entries)
    {
        XenError error = caller.Domain.Ram.Types.Begin();
        if (error != XenError.None)
        {
            return -(long)error;
        }

        uint wanted = (uint)entries; // the ABI's argument is an unsigned int
        if (wanted > SegmentDescriptor.GuestEntries)
        {
            return -(long)XenError.Invalid;
        }

        int count = (int)(wanted + EntriesPerPage - 1) / EntriesPerPage;
        Span<ulong> frames = stackalloc ulong[DescriptorFrames.GdtPages];
        return !GuestSpace.TryCopyIn(caller, frameList, MemoryMarshal.AsBytes(frames[..count]))
            ? -(long)XenError.Fault
            : -(long)DescriptorPages.TrySetGdt(caller, frames, (int)wanted);
    }

    /// <summary>update_descriptor: writes one descriptor at a machine address, in one piece.</summary>
    public static long UpdateDescriptor(PvVcpu caller, ulong where, ulong descriptor)
    {
        PageTypes types = caller.Domain.Ram.Types;
        XenError error = types.Begin();
        if (error != XenError.None)
        {
            return -(long)error;
        }

        if ((where & 7) != 0 || !SegmentDescriptor.TryMakeSafe(descriptor, out ulong safe))
        {
            return -(long)XenError.Invalid;
        }

        ClaimedFrame claim = new(where >> 12);
        bool isOwn = types.TryRecord(claim, out FrameRecord record);
        FrameType type = isOwn && record.Type == FrameType.Descriptors ? FrameType.Descriptors : FrameType.Writable;
        error = types.TryGet(claim, type, out HostFrame frame);
        if (error == XenError.None)
        {
            Volatile.Write(ref caller.Domain.Ram.Window.Table(frame)[(where & 0xFFF) / sizeof(ulong)], safe);
            types.Put(frame);
        }

        return -(long)error;
    }
}
