namespace Multicosm.Paravirt.Memory;

/// <summary>
/// A frame number (Xen's mfn) as a guest gave it, in a hypercall or in a page-table entry: nothing is known of it yet.
/// Only <see cref="PageTypes"/> makes a HostFrame of it.
/// </summary>
internal readonly struct ClaimedFrame(ulong number)
{
    /// <summary>The number that the guest gave.</summary>
    public ulong Number { get; } = number;
}
