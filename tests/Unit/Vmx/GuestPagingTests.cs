using FsCheck.Xunit;
using Multicosm.Machine;
using Multicosm.Unit.Platform;
using Multicosm.Vmx.Exits;
using Xunit;

namespace Multicosm.Unit.Vmx;

/// <summary>The walk through a guest's page tables in each paging mode (SDM 3A, "Paging").</summary>
public sealed class GuestPagingTests
{
    private const ulong PagingOn = 0x8001_0001; // with WP
    private const ulong WriteProtect = 1 << 16;
    private const ulong Pse = 1 << 4;
    private const ulong Pae = 1 << 5;
    private const ulong La57 = 1 << 12;
    private const ulong NoExecuteEnable = 1 << 11;
    private const ulong LongMode = (1 << 8) | (1 << 10) | NoExecuteEnable;
    private const ulong NoExecute = 1UL << 63;
    private const uint NotPresentRead = 0;
    private const uint NotPresentWrite = 2;
    private const uint ReadOnlyWrite = 3;

    private readonly FakeGuestMemory _memory = new(64 * 1024);

    [Fact]
    public void WithoutPagingAddressesAreTheirOwn() => Check(default, 0x12345678, true, 0x12345678);

    [Fact]
    public void FourLevelsAreWalked()
    {
        Registers registers = Long(0x1000);
        _memory.Put64(0x1000 + (0x1A5 * 8), 0x2003);
        _memory.Put64(0x2000 + (0x0F3 * 8), 0x3003);
        _memory.Put64(0x3000 + (0x155 * 8), 0x4003);
        _memory.Put64(0x4000 + (0x0AA * 8), NoExecute | 0x0000_00AB_CDEF_0003);
        ulong linear = 0xFFFF_0000_0000_0000 | (0x1A5UL << 39) | (0x0F3UL << 30) | (0x155UL << 21) | (0x0AAUL << 12) | 0x789;
        Check(registers, linear, true, 0x0000_00AB_CDEF_0789);
        CheckFault(registers, linear + 4096, false, NotPresentRead);
        CheckFault(registers, linear + 4096, true, NotPresentWrite);
        CheckFault(registers, linear + (1UL << 21), true, NotPresentWrite);
        CheckFault(registers, linear - (1UL << 30), false, NotPresentRead);
        CheckFault(registers, 0x789, false, NotPresentRead);
    }

    [Fact]
    public void LargePagesEndTheWalk()
    {
        Registers registers = Long(0x1000);
        _memory.Put64(0x1000, 0x2003);
        _memory.Put64(0x2000, 0x3003);
        _memory.Put64(0x3000 + 8, 0x4020_1083); // 2 MiB; its PAT bit is no address
        _memory.Put64(0x2000 + 8, 0x12_8000_1083); // 1 GiB
        Check(registers, 0x2A_BCDE, true, 0x402A_BCDE);
        Check(registers, 0x4ABC_DEF0, true, 0x12_8ABC_DEF0);
        _memory.Put64(0x1000 + 8, 0x0083); // in the L4 the bit is reserved
        CheckFault(registers, 1UL << 39, false, 9);
    }

    [Theory]
    [InlineData(0x1000)]
    [InlineData(0x2000)]
    [InlineData(0x3000)]
    [InlineData(0x4000)]
    public void EachLevelCanForbidWriting(ulong table)
    {
        Registers registers = Long(0x1000);
        _memory.Put64(0x1000, 0x2003);
        _memory.Put64(0x2000, 0x3003);
        _memory.Put64(0x3000, 0x4003);
        _memory.Put64(0x4000, 0x5003);
        Check(registers, 0x10, true, 0x5010);
        _memory.Put64(table, _memory.Content[table + 1] * 256u + 1u);
        Check(registers, 0x10, false, 0x5010);
        CheckFault(registers, 0x10, true, ReadOnlyWrite);
    }

    [Theory]
    [InlineData(0x1000)]
    [InlineData(0x2000)]
    [InlineData(0x3000)]
    [InlineData(0x4000)]
    public void EachLevelCanForbidUserMode(ulong table)
    {
        Registers registers = Long(0x1000);
        _memory.Put64(0x1000, 0x2007);
        _memory.Put64(0x2000, 0x3007);
        _memory.Put64(0x3000, 0x4007);
        _memory.Put64(0x4000, 0x5007);
        Check(registers, 0x10, true, 0x5010, user: true);
        _memory.Put64(table, (_memory.Content[table + 1] * 256u) + 3u);
        Check(registers, 0x10, true, 0x5010);
        CheckFault(registers, 0x10, false, 5, user: true);
        CheckFault(registers, 0x10, true, 7, user: true);
        _memory.Put64(table, 0);
        CheckFault(registers, 0x10, true, 6, user: true);
    }

    [Fact]
    public void WithoutWriteProtectionOnlyUserModeIsKeptFromWriting()
    {
        Registers registers = Long(0x1000) with { Cr0 = PagingOn & ~WriteProtect };
        _memory.Put64(0x1000, 0x2005);
        _memory.Put64(0x2000, 0x0085);
        Check(registers, 0x1234, true, 0x1234);
        Check(registers, 0x1234, false, 0x1234, user: true);
        CheckFault(registers, 0x1234, true, 7, user: true);
        CheckFault(registers with { Cr0 = PagingOn }, 0x1234, true, ReadOnlyWrite);
    }

    [Fact]
    public void FiveLevelsAreWalked()
    {
        Registers registers = Long(0x1000) with { Cr4 = Pae | La57 };
        _memory.Put64(0x1000 + (3 * 8), 0x2003);
        _memory.Put64(0x2000, 0x3003);
        _memory.Put64(0x3000, 0x8000_0083);
        Check(registers, (3UL << 48) | 0x1234, true, 0x8000_1234);
        CheckFault(registers, 0x1234, false, NotPresentRead);
    }

    [Fact]
    public void PaeUsesTheLoadedEntries()
    {
        Registers registers = new() { Cr0 = PagingOn, Cr4 = Pae, Cr3 = 0xDEAD_0000, Pdptes = [0, 0, 0x2001, 0x3001] };
        _memory.Put64(0x2000 + (0x1FF * 8), 0x4003);
        _memory.Put64(0x4000 + (0x1FF * 8), 0x9_8765_4003);
        _memory.Put64(0x3000, 0x0060_0083);
        Check(registers, 0xBFFF_F123, true, 0x9_8765_4123);
        Check(registers, 0xC001_2345, true, 0x0061_2345);
        Check(registers, 0xFFFF_FFFF_C001_2345, true, 0x0061_2345); // 32 bits only
        CheckFault(registers, 0x1000, false, NotPresentRead);
    }

    [Fact]
    public void OldTablesHave32Bits()
    {
        Registers registers = new() { Cr0 = PagingOn, Cr3 = 0x1018, Cr4 = Pse };
        _memory.Put32(0x1000 + (0x201 * 4), 0x2003);
        _memory.Put32(0x2000 + (0x3AB * 4), 0xFEDC_B003);
        _memory.Put32(0x1000 + (0x202 * 4), 0x0080_0083 | (0x5Au << 13)); // 4 MiB with address bits 39:32
        _memory.Put32(0x1000 + (0x203 * 4), 0x2001);
        Check(registers, (0x201u << 22) | (0x3ABu << 12) | 0xCD, true, 0xFEDC_B0CD);
        Check(registers, (0x202u << 22) | 0x12_3456, true, 0x5A_0092_3456);
        Check(registers, (0x203u << 22) | (0x3ABu << 12), false, 0xFEDC_B000);
        CheckFault(registers, (0x203u << 22) | (0x3ABu << 12), true, ReadOnlyWrite);
        CheckFault(registers, (0x201u << 22) | (0x3ACu << 12), true, NotPresentWrite);
        CheckFault(registers, 0, false, NotPresentRead);
        CheckFault(registers with { Cr4 = 0 }, (0x202u << 22) | 0x12_3456, false, NotPresentRead); // without PSE it leads to a table
    }

    [Fact]
    public void ReservedBitsAreAFault()
    {
        const uint Reserved = 9;
        Registers registers = Long(0x1000) with { IsNarrow = true };
        _memory.Put64(0x1000, 0x2003);
        _memory.Put64(0x2000, 0x3003);
        _memory.Put64(0x2008, 0x4000_0083);
        _memory.Put64(0x2010, 0x6000_0083);
        _memory.Put64(0x3000, 0x0060_1083);
        _memory.Put64(0x3008, 0x0060_2083);
        _memory.Put64(0x3010, 0x0100_0060_0083);
        _memory.Put64(0x3018, 0x7FF0_0000_0060_0083);
        _memory.Put64(0x3020, 0x8000_0000_0060_0083);
        Check(registers, 0x1234, true, 0x0060_1234); // the bit is of the page attribute table
        CheckFault(registers, 0x20_0000, true, Reserved | 2);
        CheckFault(registers, 0x40_0000, false, Reserved);
        Check(registers with { IsNarrow = false }, 0x40_0000, false, 0x100_0060_0000);
        Check(registers, 0x60_0000, false, 0x0060_0000); // ignored bits
        Check(registers, 0x80_0000, false, 0x0060_0000);
        CheckFault(registers with { Efer = LongMode & ~NoExecuteEnable }, 0x80_0000, false, Reserved);
        CheckFault(registers, 0x8000_0000, false, Reserved); // a page of 1 GiB at 512 MiB
        Registers pae = new() { Cr0 = PagingOn, Cr4 = Pae, Pdptes = [0x3001], IsNarrow = true };
        CheckFault(pae, 0x60_0000, false, Reserved); // here they are not
        Registers old = new() { Cr0 = PagingOn, Cr3 = 0x5000, Cr4 = Pse };
        _memory.Put32(0x5000, 0x0020_0083);
        CheckFault(old, 0, false, Reserved);
    }

    [Fact]
    public void AnAbsentEntryComesBeforeARefusal()
    {
        Registers registers = Long(0x1000);
        _memory.Put64(0x1000, 0x2001);
        _memory.Put64(0x2000, 0x3001);
        CheckFault(registers, 0x1234, true, NotPresentWrite);
    }

    [Fact]
    public void TablesOutsideMemoryAreNotPresent()
    {
        CheckFault(Long(0x10_0000), 0, true, NotPresentWrite);
        CheckFault(new Registers { Cr0 = PagingOn, Cr3 = 0xFFFF_F000 }, 0xFFFF_FFFF, false, NotPresentRead);
        Registers registers = Long(0x1000);
        _memory.Put64(0x1000, 0x000F_FFFF_FFFF_F003);
        CheckFault(registers, 0, false, NotPresentRead);
    }

    [Property(MaxTest = 300)]
    public void NoTablesBreakTheWalk(byte[] content, uint place, uint cr3, byte mode, bool write, bool user)
    {
        ulong linear = Spread.Over64(place);
        for (int i = 0; i < _memory.Content.Length && content.Length != 0; i++)
        {
            _memory.Content[i] = (byte)Spread.Over32((ulong)((i << 8) + content[i % content.Length]));
        }

        for (ulong i = 0; i < 0x10000; i += 8)
        {
            _memory.Content[i] |= 3;
            _memory.Content[i + 2] = 0; // so that most entries lead somewhere
            _memory.Content[i + 3] = 0;
        }

        Registers registers = new()
        {
            Cr0 = PagingOn,
            Cr3 = Spread.Over64(cr3) & 0xFFFF,
            Cr4 = ((mode & 1) != 0 ? Pae : 0) | ((mode & 2) != 0 ? Pse : 0) | ((mode & 4) != 0 ? La57 : 0),
            Efer = (mode & 8) != 0 ? LongMode : 0,
            Pdptes = [0x1001, 0, 0xFFFF_FFFF_FFFF_FFFF, 0x2001],
        };
        bool found = GuestPaging.TryTranslate(registers, _memory, linear, write, user, out GuestPhysicalAddress address, out uint error);
        Assert.True(!found || address.Value >> 52 == 0);
        Assert.True(found || (error & 6) == ((write ? 2u : 0u) | (user ? 4u : 0u)));
        Assert.True(error < 16);
        Assert.True(!found || (address.Value & 4095) == (linear & 4095));
    }

    private static Registers Long(ulong cr3) => new() { Cr0 = PagingOn, Cr3 = cr3, Cr4 = Pae, Efer = LongMode };

    private void Check(Registers registers, ulong linear, bool write, ulong expected, bool user = false)
    {
        Assert.True(GuestPaging.TryTranslate(registers, _memory, linear, write, user, out GuestPhysicalAddress address, out _));
        Assert.Equal(expected, address.Value);
    }

    private void CheckFault(Registers registers, ulong linear, bool write, uint expected, bool user = false)
    {
        Assert.False(GuestPaging.TryTranslate(registers, _memory, linear, write, user, out _, out uint error));
        Assert.Equal(expected, error);
    }

    private record struct Registers : IPagingRegisters
    {
        public ulong Cr0 { get; init; }

        public ulong Cr3 { get; init; }

        public ulong Cr4 { get; init; }

        public ulong Efer { get; init; }

        public ulong[] Pdptes { get; init; }

        public bool IsNarrow { get; init; }

        public readonly int PhysicalAddressBits => IsNarrow ? 40 : 52;

        public readonly ulong Pdpte(uint index) => Pdptes[index];
    }
}
