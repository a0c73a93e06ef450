using Multicosm.Machine;
using Multicosm.Vmx.Exits;
using Xunit;

namespace Multicosm.Unit.Vmx;

/// <summary>Control-register bits follow the guest's CPUID (SDM 3A, "Control Registers").</summary>
public sealed class GuestFeaturesTests
{
    private const ulong Always = 0x7FF; // VME to OSXMMEXCPT

    [Fact]
    public void WithoutFeaturesTheOldBitsAreLeft() => Assert.Equal(Always, GuestFeatures.Cr4Allowed(new CpuidTable()));

    [Theory]
    [InlineData(1, 'c', 17, 17)] // PCID: PCIDE
    [InlineData(1, 'c', 26, 18)] // XSAVE: OSXSAVE
    [InlineData(7, 'b', 0, 16)] // FSGSBASE
    [InlineData(7, 'b', 7, 20)] // SMEP
    [InlineData(7, 'b', 20, 21)] // SMAP
    [InlineData(7, 'c', 2, 11)] // UMIP
    [InlineData(7, 'c', 3, 22)] // PKU: PKE
    public void EachFeatureHasItsBit(uint leaf, char register, int feature, int bit)
    {
        CpuidTable table = new();
        uint value = 1u << feature;
        table.TrySet(leaf, 0, new CpuidResult { Ecx = register == 'c' ? value : 0, Ebx = register == 'b' ? value : 0 });
        Assert.Equal(Always | (1UL << bit), GuestFeatures.Cr4Allowed(table));
    }

    [Fact]
    public void VmxeSmxeAndTheUnknownAreNeverAllowed()
    {
        CpuidTable table = new();
        CpuidResult all = new() { Eax = uint.MaxValue, Ebx = uint.MaxValue, Ecx = uint.MaxValue, Edx = uint.MaxValue };
        table.TrySet(1, 0, all);
        table.TrySet(7, 0, all);
        const ulong Virtualisation = (1 << 13) | (1 << 14);
        const ulong Known = 0x7FFFFF & ~Virtualisation & ~(1UL << 12) & ~(1UL << 15) & ~(1UL << 19);
        Assert.Equal(Known, GuestFeatures.Cr4Allowed(table));
    }

    [Fact]
    public void ExtendedStateNeedsXsave()
    {
        CpuidTable table = new();
        table.TrySet(0xD, 0, new CpuidResult { Eax = 7, Edx = 0x4000_0000 });
        Assert.Equal(0UL, GuestFeatures.Xcr0Allowed(table));
        table.TrySet(1, 0, new CpuidResult { Ecx = 1 << 26 });
        Assert.Equal(0x4000_0000_0000_0007UL, GuestFeatures.Xcr0Allowed(table));
    }
}
