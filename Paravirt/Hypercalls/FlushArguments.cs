using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>
/// Which translations a guest wants flushed, on which of its vCPUs. There is nothing to flush: each entry into a guest loads CR3 and no
/// entry of its is global. What is left is to tell the guest when its arguments make no sense.
/// </summary>
internal static class FlushArguments
{
    private const ulong KindMask = 3;
    private const ulong All = 4;

    /// <summary>Checks the flags of update_va_mapping: bits 1:0 what, the rest where: 0 here, 4 everywhere, or a pointer to a set of vCPUs. None, Invalid or Fault.</summary>
    public static XenError CheckMapping(PvVcpu caller, ulong flags)
    {
        ulong where = flags & ~KindMask;
        return (flags & KindMask) switch
        {
            0 => XenError.None,
            3 => XenError.Invalid,
            _ => where is 0 or All ? XenError.None : CheckSet(caller, where),
        };
    }

    /// <summary>Checks a pointer to a set of vCPUs. None or Fault.</summary>
    public static XenError CheckSet(PvVcpu caller, ulong set) =>
        GuestSpace.TryReadUInt32(caller, set, out _) ? XenError.None : XenError.Fault;
}
