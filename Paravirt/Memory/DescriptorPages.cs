using System;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <summary>A vCPU's GDT and LDT: which frames they are made of. Takes the domain's page lock.</summary>
/// <source>Xen headers "arch-x86/xen.h"</source>
internal static class DescriptorPages
{
    /// <summary>Entries that an LDT may have.</summary>
    public const uint MaximumLdtEntries = 8192;

    private const int EntriesPerPage = 512;

    /// <summary>
    /// Makes <paramref name="frames"/> the vCPU's GDT, as many as <paramref name="entries"/> (at most 7,168) need. None; otherwise nothing
    /// has changed: Invalid or NotPermitted if a frame cannot hold descriptors, Unfinished.
    /// </summary>
    public static XenError TrySetGdt(PvVcpu vcpu, ReadOnlySpan<ulong> frames, int entries)
    {
        PageTypes types = vcpu.Domain.Ram.Types;
        int count = (entries + EntriesPerPage - 1) / EntriesPerPage;
        for (int i = 0; i < count; i++)
        {
            XenError error = types.TryGet(new ClaimedFrame(frames[i]), FrameType.Descriptors, out _);
            if (error != XenError.None)
            {
                for (int taken = 0; taken < i; taken++)
                {
                    types.Put(new HostFrame(frames[taken]));
                }

                return error;
            }
        }

        for (int page = 0; page < DescriptorFrames.GdtPages; page++)
        {
            HostFrame old = vcpu.Descriptors.Gdt(page);
            vcpu.Descriptors.SetGdt(page, page < count ? new HostFrame(frames[page]) : default);
            PutIfAny(types, old);
        }

        vcpu.Descriptors.GdtEntries = entries;
        return XenError.None;
    }

    /// <summary>Sets where the LDT lies; its pages are taken when they are first used. None, or Invalid if the place or the size is not allowed.</summary>
    public static XenError TrySetLdt(PvVcpu vcpu, ulong start, ulong entries)
    {
        if (entries > MaximumLdtEntries || (start & 0xFFF) != 0 || !GuestSpace.IsGuestRange(start, entries * sizeof(ulong)))
        {
            return XenError.Invalid;
        }

        DropLdt(vcpu);
        vcpu.Descriptors.LdtBase = entries == 0 ? 0 : start;
        vcpu.Descriptors.LdtEntries = (int)entries;
        vcpu.Descriptors.IsChanged = true;
        return XenError.None;
    }

    /// <summary>
    /// Takes the frame of LDT page <paramref name="page"/>, which the processor has missed, as an operation of its own: None and it is listed in the vCPU's
    /// <see cref="DescriptorFrames"/>; Fault if the LDT has no such page or it is listed already, or nothing is mapped there; Invalid or
    /// NotPermitted if that frame cannot hold descriptors; Unfinished.
    /// </summary>
    public static XenError TryMapLdtPage(PvVcpu vcpu, int page)
    {
        DescriptorFrames frames = vcpu.Descriptors;
        if ((uint)page >= DescriptorFrames.LdtPages || page * EntriesPerPage >= frames.LdtEntries || frames.Ldt(page).Number != 0)
        {
            return XenError.Fault;
        }

        if (!GuestSpace.TryWalk(vcpu, frames.LdtBase + ((ulong)page << 12), out PageWalk walk) || !walk.Entry.IsReachable)
        {
            return XenError.Fault;
        }

        PageTypes types = vcpu.Domain.Ram.Types;
        XenError error = types.Begin();
        HostFrame frame = default;
        error = error == XenError.None ? types.TryGet(walk.Entry.Claim, FrameType.Descriptors, out frame) : error;
        if (error == XenError.None)
        {
            frames.SetLdt(page, frame);
        }

        return error;
    }

    /// <summary>Lets go of the LDT's pages; they are taken again when they are used.</summary>
    public static void DropLdt(PvVcpu vcpu)
    {
        int entries = vcpu.Descriptors.LdtEntries; // no page beyond them is listed
        for (int page = 0; page * EntriesPerPage < entries; page++)
        {
            HostFrame old = vcpu.Descriptors.Ldt(page);
            if (old.Number != 0)
            {
                vcpu.Descriptors.SetLdt(page, default);
                vcpu.Domain.Ram.Types.Put(old);
            }
        }
    }

    private static void PutIfAny(PageTypes types, HostFrame frame)
    {
        if (frame.Number != 0)
        {
            types.Put(frame);
        }
    }
}
