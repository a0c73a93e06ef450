using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Grants;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>What grants take of a domain's page types.</summary>
internal sealed unsafe class GrantPageTypes : GrantPages
{
    /// <inheritdoc/>
    public override XenError Begin(PvDomain domain) => domain.Ram.Types.Begin();

    /// <inheritdoc/>
    public override bool TryTake(PvDomain domain, ulong frame, bool isWrite, out byte* page)
    {
        PageTypes types = domain.Ram.Types;
        ClaimedFrame claim = new(frame);
        HostFrame taken = default;
        bool isTaken = types.Begin() == XenError.None
            && (isWrite ? types.TryGet(claim, FrameType.Writable, out taken) : types.TryGetReference(claim, out taken)) == XenError.None;
        page = isTaken ? domain.Ram.Window.Page(taken) : null;
        return isTaken;
    }

    /// <inheritdoc/>
    public override void Put(PvDomain domain, ulong frame, bool isWrite)
    {
        if (isWrite)
        {
            domain.Ram.Types.Put(new HostFrame(frame));
        }
        else
        {
            domain.Ram.Types.PutReference(new HostFrame(frame));
        }
    }
}
