using FsCheck.Xunit;
using Multicosm.Unit.Platform;
using Multicosm.Vmx.Capabilities;
using Xunit;

namespace Multicosm.Unit.Vmx;

/// <summary>Control bits as the capability MSRs allow them (SDM 3D, Appendix A.3: low half must be 1, high half may be 1).</summary>
public sealed class ControlCapabilityTests
{
    [Fact]
    public void WhatMustBeOneIsOne()
    {
        ControlCapability capability = new(0x0000_FFFF_0000_0016);
        Assert.True(capability.TryNegotiate(0x80, 0, out uint value, out uint missing));
        Assert.Equal(0x96u, value);
        Assert.Equal(0u, missing);
    }

    [Fact]
    public void WhatIsRequiredAndMissingIsNamed()
    {
        ControlCapability capability = new(0x0000_00FF_0000_0001);
        Assert.False(capability.TryNegotiate(0x1_0180, 0, out _, out uint missing));
        Assert.Equal(0x1_0100u, missing);
    }

    [Fact]
    public void WhatIsOptionalAndMissingIsLeftOut()
    {
        ControlCapability capability = new(0x0000_00FF_0000_0001);
        Assert.True(capability.TryNegotiate(2, 0x304, out uint value, out uint missing));
        Assert.Equal(7u, value);
        Assert.Equal(0u, missing);
    }

    [Property]
    public void TheResultIsAlwaysOneThatTheProcessorTakes(uint mustBeOne, uint more, uint required, uint optional)
    {
        (mustBeOne, more) = (Spread.Over32(mustBeOne), Spread.Over32(more));
        (required, optional) = (Spread.Over32(required) & Spread.Over32(required + 1000ul), Spread.Over32(optional));
        uint mayBeOne = mustBeOne | more;
        bool success = new ControlCapability(((ulong)mayBeOne << 32) | mustBeOne).TryNegotiate(required, optional, out uint value, out uint missing);
        Assert.Equal(0u, value & ~mayBeOne);
        Assert.Equal(mustBeOne, value & mustBeOne);
        Assert.Equal(required & ~mayBeOne, missing);
        Assert.Equal(missing == 0, success);
        Assert.Equal((required | optional | mustBeOne) & mayBeOne, value);
    }
}
