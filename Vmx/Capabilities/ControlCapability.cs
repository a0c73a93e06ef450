namespace Multicosm.Vmx.Capabilities;

/// <summary>What one capability MSR allows: its low half must be 1, its high half may be 1.</summary>
/// <source>SDM 3D, Appendix A "VMX Capability Reporting Facility"</source>
internal readonly struct ControlCapability(ulong msr)
{
    private readonly uint _mustBeOne = (uint)msr;
    private readonly uint _mayBeOne = (uint)(msr >> 32);

    /// <summary>The control's value with all of <paramref name="required"/> and what there is of <paramref name="optional"/>; false, with the missing bits, if something required is missing.</summary>
    public bool TryNegotiate(uint required, uint optional, out uint value, out uint missing)
    {
        missing = required & ~_mayBeOne;
        value = (required | optional | _mustBeOne) & _mayBeOne;
        return missing == 0;
    }
}
