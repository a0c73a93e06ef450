using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>Segment descriptors of a guest: what they may be, and that their pages are never writable.</summary>
public sealed class DescriptorTests
{
    private const long Invalid = -22;
    private const ulong Code = 0x00AF_9A00_0000_FFFF, CodeForUser = 0x00AF_FA00_0000_FFFF;

    [Theory]
    [InlineData(0ul, true, 0ul)]
    [InlineData(0x00AF_1200_0000_FFFFul, true, 0x00AF_1200_0000_FFFFul)] // not present
    [InlineData(Code, true, CodeForUser)]
    [InlineData(0x00CF_B200_0000_FFFFul, true, 0x00CF_F200_0000_FFFFul)] // data, privilege 1
    [InlineData(0x0000_8900_0000_0067ul, false, 0ul)] // TSS
    [InlineData(0x0000_8200_0000_0067ul, false, 0ul)] // LDT
    [InlineData(0x0000_8E00_0010_0000ul, false, 0ul)] // interrupt gate
    [InlineData(0x0000_8F00_0010_0000ul, false, 0ul)] // trap gate
    [InlineData(0x0000_8500_0010_0000ul, false, 0ul)] // task gate
    [InlineData(0x0000_8000_0000_0000ul, true, 0x0000_8000_0000_0000ul)] // the second half of a gate
    [InlineData(0x1234_EC00_0013_5678ul, true, 0x1234_8C00_0013_5678ul)] // call gate to a GDT entry of the guest's
    [InlineData(0x1234_EC00_E033_5678ul, true, 0x1234_8C00_E033_5678ul)]
    [InlineData(0x1234_EC00_E038_5678ul, false, 0ul)] // call gate to an entry of the hypervisor's
    [InlineData(0x1234_EC00_E008_5678ul, false, 0ul)]
    [InlineData(0x1234_EC00_E03C_5678ul, true, 0x1234_8C00_E03C_5678ul)] // in the LDT
    [InlineData(0x1234_EC01_0013_5678ul, false, 0ul)] // reserved bits
    public void Descriptors_are_made_safe_or_refused(ulong descriptor, bool isAllowed, ulong expected)
    {
        Assert.Equal(isAllowed, SegmentDescriptor.TryMakeSafe(descriptor, out ulong safe));
        if (isAllowed)
        {
            Assert.Equal(expected, safe);
        }
    }

    [Fact]
    public void A_gdt_is_checked_and_held()
    {
        using BootedGuest guest = new();
        Assert.Equal(Invalid, guest.SetGdt(16, guest.Frame(20))); // still writable
        guest.Protect(20);
        guest.Protect(21);
        guest.Content(20)[2] = Code;
        guest.Content(21)[2] = 0x0000_8900_0000_0067;
        Assert.Equal(Invalid, guest.SetGdt(1024, guest.Frame(20), guest.Frame(21)));
        Assert.Equal(FrameType.None, guest.Record(20).Type);
        guest.Content(21)[2] = 0;
        Assert.Equal(0, guest.SetGdt(513, guest.Frame(20), guest.Frame(21)));
        Assert.Equal(CodeForUser, guest.Content(20)[2]);
        Assert.Equal(guest.Frame(21), guest.Vcpu.Descriptors.Gdt(1).Number);
        Assert.Equal(513, guest.Vcpu.Descriptors.GdtEntries);
        Assert.Equal(Invalid, guest.UpdateMapping(BootedGuest.Linear(20), guest.Entry(20, 3)));
        Assert.Equal(Invalid, guest.Update(20, 0, 0)); // mmu_update writes no descriptors
        Assert.Equal(Invalid, guest.Pin(20, 1));
        guest.Host.Check();
        Assert.Equal(0, guest.SetGdt(16, guest.Frame(21)));
        Assert.Equal(FrameType.None, guest.Record(20).Type);
        Assert.Equal(0, guest.SetGdt(0));
        Assert.Equal(FrameType.None, guest.Record(21).Type);
        Assert.Equal(Invalid, guest.SetGdt(7169));
        Assert.Equal(Invalid, guest.SetGdt(-1));
        guest.Host.Check();
    }

    [Fact]
    public void A_descriptor_is_written_to_a_gdt_or_to_memory()
    {
        using BootedGuest guest = new();
        guest.Protect(20);
        Assert.Equal(0, guest.SetGdt(16, guest.Frame(20)));
        ulong where = (guest.Frame(20) << 12) + 24;
        Assert.Equal(0, DescriptorHypercalls.UpdateDescriptor(guest.Vcpu, where, Code));
        Assert.Equal(CodeForUser, guest.Content(20)[3]);
        Assert.Equal(Invalid, DescriptorHypercalls.UpdateDescriptor(guest.Vcpu, where + 4, Code));
        Assert.Equal(Invalid, DescriptorHypercalls.UpdateDescriptor(guest.Vcpu, where, 0x0000_8200_0000_0067));
        Assert.Equal(0, DescriptorHypercalls.UpdateDescriptor(guest.Vcpu, guest.Frame(50) << 12, Code));
        Assert.Equal(Invalid, DescriptorHypercalls.UpdateDescriptor(guest.Vcpu, guest.Frame(BootedGuest.Level1) << 12, 0));
        Assert.Equal(-1, DescriptorHypercalls.UpdateDescriptor(guest.Vcpu, guest.Host.Other.Ram.FrameAt(0).Number << 12, 0));
        guest.Host.Check();
    }

    [Fact]
    public void Pages_of_an_ldt_are_taken_when_they_are_used()
    {
        using BootedGuest guest = new();
        Assert.Equal(Invalid, guest.Extended(MmuCommand.SetLdt, BootedGuest.Linear(20) + 8, 512));
        Assert.Equal(Invalid, guest.Extended(MmuCommand.SetLdt, BootedGuest.Linear(20), 8193));
        Assert.Equal(Invalid, guest.Extended(MmuCommand.SetLdt, 0xFFFF_8000_0000_0000, 512));
        Assert.Equal(0, guest.Extended(MmuCommand.SetLdt, BootedGuest.Linear(20), (0xDEADUL << 32) | 600)); // a number of 32 bits: what lies behind it is nothing
        Assert.Equal(XenError.Invalid, DescriptorPages.TryMapLdtPage(guest.Vcpu, 0)); // writable
        guest.Protect(20);
        guest.Content(20)[1] = Code;
        guest.Vcpu.Descriptors.IsChanged = false;
        Assert.Equal(XenError.None, DescriptorPages.TryMapLdtPage(guest.Vcpu, 0));
        Assert.True(guest.Vcpu.Descriptors.IsChanged);
        Assert.Equal(CodeForUser, guest.Content(20)[1]);
        Assert.Equal(guest.Frame(20), guest.Vcpu.Descriptors.Ldt(0).Number);
        Assert.Equal(XenError.Fault, DescriptorPages.TryMapLdtPage(guest.Vcpu, 0)); // a fault in what is mapped is the guest's own
        Assert.Equal(XenError.Fault, DescriptorPages.TryMapLdtPage(guest.Vcpu, 2));
        Assert.Equal(XenError.Fault, DescriptorPages.TryMapLdtPage(guest.Vcpu, -1));
        guest.Host.Check();
        Assert.Equal(0, guest.Extended(MmuCommand.NewKernelTable, guest.Frame(BootedGuest.Level4))); // drops them
        Assert.Equal(FrameType.None, guest.Record(20).Type);
        Assert.Equal(600, guest.Vcpu.Descriptors.LdtEntries);
        guest.Host.Check();
    }
}
