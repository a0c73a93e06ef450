using System;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Entry;
using Multicosm.Unit.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Entry;

/// <summary>When the ways that assembly goes alone are open, and to where: a wrong address there is memory of the hypervisor's.</summary>
public sealed unsafe class ShortWaysTests : IDisposable
{
    private const ulong StackPage = BootedGuest.FirstFree;
    private const ulong OtherPage = StackPage + 1;
    private const ulong Top = BootedGuest.VirtualBase + (OtherPage << 12) - 8; // 8 bytes below its end, as no kernel would have it
    private const ulong Handler = 0xFFFF_FFFF_8123_4567;
    private const ulong Frames = (StackPage << 12) + 4096 - 16;

    private readonly BootedGuest _guest = new();

    public ShortWaysTests()
    {
        Vcpu.KernelSp = Top;
        Vcpu.SyscallAddress = Handler;
        Vcpu.SyscallMasks = true;
        Vcpu.Trap(14).Address = Handler + 1;
        Vcpu.Trap(14).Flags = 4;
        Vcpu.IsKernelMode = false;
    }

    private PvVcpu Vcpu => _guest.Vcpu;

    private PvRegisters* Registers => Vcpu.Registers;

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void TheyLeadToTheTopOfTheKernelsStackAndToItsHandlers()
    {
        Renew();
        Assert.True(IsOpen);
        Assert.Equal(BootedGuest.Linear(StackPage), Registers->StackPage);
        Assert.Equal(BootedGuest.VirtualBase + Frames - 56, Registers->UserFrameRsp);
        *(ulong*)Registers->UserFrame = 0x1234;
        Assert.Equal(0x1234UL, _guest.Content(StackPage)[(4096 - 16 - 56) / 8]);
        Assert.Equal(Registers->StackStart + 4096 - 16 - 56, Registers->UserFrame);
        Assert.Equal((Handler, Handler + 1), (Registers->SyscallHandler, Registers->PageFaultHandler));
        Assert.Equal(BootedGuest.Table & (BootedGuest.Accessed | BootedGuest.Dirty), StackEntry & (BootedGuest.Accessed | BootedGuest.Dirty));
    }

    [Fact]
    public void AChangeOfTheEntryOfTheStackOrOfWhatLeadsThereClosesThem()
    {
        Renew();
        Assert.True(ShortWays.AreRight(Vcpu));
        Assert.Equal(0, _guest.Update(BootedGuest.Level1, (int)StackPage, _guest.Entry(OtherPage, BootedGuest.Present | BootedGuest.Writable | BootedGuest.Accessed)));
        Renew();
        Assert.True(IsOpen);
        *(ulong*)Registers->UserFrame = 0x4321;
        Assert.Equal(0x4321UL, _guest.Content(OtherPage)[(4096 - 16 - 56) / 8]);

        Assert.Equal(0, _guest.Update(BootedGuest.Level1, (int)StackPage, _guest.Entry(OtherPage, BootedGuest.Present | BootedGuest.Accessed)));
        Renew();
        Assert.False(IsOpen); // it may not be written

        Vcpu.KernelSp = BootedGuest.Linear(OtherPage) + 2048;
        Renew();
        Assert.True(IsOpen);
        Vcpu.KernelSp = BootedGuest.Linear(OtherPage) + 32; // a frame would begin in the page below
        Renew();
        Assert.False(IsOpen);
        Vcpu.KernelSp = 0xFFFF_8200_0000_1000;
        Renew();
        Assert.False(IsOpen);
    }

    [Fact]
    public void AHandlerThatIsMissingNotCanonicalOrDoesNotMaskIsNotGoneTo()
    {
        Vcpu.SyscallMasks = false;
        Vcpu.Trap(14).Flags = 3;
        Renew();
        Assert.Equal((0UL, 0UL), (Registers->SyscallHandler, Registers->PageFaultHandler));
        Vcpu.SyscallMasks = true;
        Vcpu.SyscallAddress = 0x8000_0000_0000;
        Vcpu.Trap(14) = new() { Address = 0x8000_0000_0000, Flags = 4 };
        Renew();
        Assert.Equal((0UL, 0UL), (Registers->SyscallHandler, Registers->PageFaultHandler));
    }

    [Fact]
    public void InAnNmiAndWithAnIoLevelInTheFlagsTheyAreClosed()
    {
        Vcpu.IsInNmi = true;
        Renew();
        Assert.False(IsOpen);
        Vcpu.IsInNmi = false;
        ShortWays.OnChange(Vcpu);
        Vcpu.Domain.ShowsIoPrivilege = true;
        Renew();
        Assert.False(IsOpen);
    }

    [Fact]
    public void TheKernelFindsThemClosedUntilItHasReturned()
    {
        Vcpu.IsKernelMode = true;
        Renew();
        Assert.False(IsOpen);
        Assert.True(ShortWays.AreRight(Vcpu)); // and nothing is to be done at each entry
        ShortWays.OnReturn(Vcpu);
        Renew();
        Assert.True(IsOpen);
    }

    private bool IsOpen => Registers->UserFrame != 0 && Registers->StackPage != 1;

    private ulong StackEntry => _guest.Content(BootedGuest.Level1)[(int)StackPage];

    private void Renew()
    {
        if (!ShortWays.AreRight(Vcpu))
        {
            ShortWays.Renew(Vcpu);
        }

        Assert.Equal(Registers->UserFrame != 0, Registers->StackPage != 1);
    }
}
