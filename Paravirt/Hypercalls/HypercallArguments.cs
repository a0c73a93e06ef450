namespace Multicosm.Paravirt.Hypercalls;

/// <summary>A hypercall's arguments. A call that cannot finish now changes them to what is left of it.</summary>
internal struct HypercallArguments
{
    /// <summary>As RDI, RSI, RDX and R10 hold them; no call has a fifth one that matters.</summary>
    public ulong A, B, C, D;
}
