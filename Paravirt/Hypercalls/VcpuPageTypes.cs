using System;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>What vcpu_op takes of the domain's page types.</summary>
internal sealed unsafe class VcpuPageTypes : VcpuPages
{
    /// <inheritdoc/>
    public override XenError TakeWritable(PvDomain domain, ulong frame, out byte* page)
    {
        HostFrame taken = default;
        XenError error = domain.Ram.Types.Begin();
        error = error == XenError.None ? domain.Ram.Types.TryGet(new ClaimedFrame(frame), FrameType.Writable, out taken) : error;
        page = error == XenError.None ? domain.Ram.Window.Page(taken) : null;
        return error;
    }

    /// <inheritdoc/>
    public override XenError TakeTables(PvVcpu target, ulong kernelFrame, ulong userFrame, ReadOnlySpan<ulong> gdtFrames, uint gdtEntries, ulong ldtAddress, uint ldtEntries)
    {
        XenError error = target.Domain.Ram.Types.Begin();
        error = error == XenError.None ? DescriptorPages.TrySetGdt(target, gdtFrames, (int)gdtEntries) : error;
        error = error == XenError.None ? DescriptorPages.TrySetLdt(target, ldtAddress, ldtEntries) : error;
        error = error == XenError.None ? BaseTables.TrySetKernel(target, new ClaimedFrame(kernelFrame)) : error;
        error = error == XenError.None ? BaseTables.TrySetUser(target, new ClaimedFrame(userFrame)) : error;
        if (error != XenError.None)
        {
            BaseTables.Drop(target); // all or none
            _ = DescriptorPages.TrySetGdt(target, default, 0); // nothing can fail
            _ = DescriptorPages.TrySetLdt(target, 0, 0);
        }

        return error;
    }
}
