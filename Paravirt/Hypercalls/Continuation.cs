using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The end of a hypercall over an array, which may be made in several pieces.</summary>
internal static class Continuation
{
    /// <summary>
    /// Tells the caller in <paramref name="done"/> (unless it is 0) how many elements were done, in all pieces together. If the call is
    /// Unfinished, <paramref name="array"/> and <paramref name="count"/> become what it goes on with.
    /// </summary>
    public static long End(PvVcpu caller, XenError error, ref ulong array, ref ulong count, ulong finished, ulong elementBytes, ulong done)
    {
        if (done != 0)
        {
            uint before = 0;
            bool isKnown = (count & MmuHypercalls.Continued) == 0 || GuestSpace.TryReadUInt32(caller, done, out before);
            if (!isKnown || !GuestSpace.TryWriteUInt32(caller, done, before + (uint)finished))
            {
                return -(long)XenError.Fault;
            }
        }

        if (error == XenError.Unfinished)
        {
            ulong wanted = (uint)count & ~MmuHypercalls.Continued;
            array += finished * elementBytes;
            count = (wanted - finished) | MmuHypercalls.Continued;
        }

        return -(long)error;
    }
}
