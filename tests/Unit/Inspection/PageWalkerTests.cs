using System;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Domains;
using Multicosm.Domains.Inspection;
using Multicosm.Machine;
using Multicosm.Unit.Vmx;
using Multicosm.Vmx.Exits;
using Xunit;

namespace Multicosm.Unit.Inspection;

/// <summary>The walk for people: each entry, each mode, and the same address as the walk for the guest.</summary>
public sealed class PageWalkerTests
{
    private const uint ReservedBit = 8;
    private const ulong PagingOn = 0x8001_0001;
    private const ulong Pse = 1 << 4;
    private const ulong Pae = 1 << 5;
    private const ulong La57 = 1 << 12;
    private const ulong LongMode = (1 << 8) | (1 << 10);

    private readonly FakeGuestMemory _memory = new(64 * 1024);

    [Fact]
    public void Four_levels_are_kept_and_printed()
    {
        _memory.Put64(0x1000 + (511 * 8), 0x2067);
        _memory.Put64(0x2000 + (510 * 8), 0x3063);
        _memory.Put64(0x3000, 0x4061);
        _memory.Put64(0x4000 + 8, 0x8000_0000_0000_5061);
        VcpuState state = State(0x1000, Pae, LongMode);
        PageWalk walk = PageWalker.Walk(_memory, in state, default, 0xFFFF_FFFF_8000_1234);
        Assert.True(walk.IsMapped);
        Assert.Equal((0x5234UL, 4096UL, 4), (walk.Physical, walk.PageBytes, walk.Count));
        Assert.Equal((1, 0x4008UL), (walk.Step(3).Level, walk.Step(3).Address));
        Assert.Equal(
            "  page walk of rip 0xffffffff80001234: 4-level paging, cr3 0x0000000000001000\n"
            + "    level 4 at 0x0000000000001ff8: 0x0000000000002067 writable user accessed\n"
            + "    level 3 at 0x0000000000002ff0: 0x0000000000003063 writable supervisor accessed\n"
            + "    level 2 at 0x0000000000003000: 0x0000000000004061 read-only supervisor accessed\n"
            + "    level 1 at 0x0000000000004008: 0x8000000000005061 read-only supervisor accessed dirty no-execute\n"
            + "    guest physical 0x0000000000005234, a page of 4 KiB\n",
            Text(in walk, state.Cr3));
    }

    [Theory]
    [InlineData(0x1000, "level 4")]
    [InlineData(0x2000, "level 3")]
    [InlineData(0x3000, "level 2")]
    [InlineData(0x4000, "level 1")]
    public void The_level_that_is_not_present_is_said(ulong table, string level)
    {
        _memory.Put64(0x1000, 0x2003);
        _memory.Put64(0x2000, 0x3003);
        _memory.Put64(0x3000, 0x4003);
        _memory.Put64(0x4000, 0x5003);
        _memory.Put64(table, 0xABC0);
        VcpuState state = State(0x1000, Pae, LongMode);
        PageWalk walk = PageWalker.Walk(_memory, in state, default, 0x10);
        Assert.Equal(PageWalkEnd.NotPresent, walk.End);
        string text = Text(in walk, state.Cr3);
        Assert.Contains(level + " at 0x", text);
        Assert.EndsWith(": 0x000000000000abc0\n    not present at " + level + "\n", text);
    }

    [Fact]
    public void Tables_without_RAM_and_addresses_that_are_none_are_said()
    {
        VcpuState state = State(0xABCDE000, Pae, LongMode);
        PageWalk walk = PageWalker.Walk(_memory, in state, default, 0);
        Assert.EndsWith("    the next table lies where there is no RAM\n", Text(in walk, state.Cr3));
        walk = PageWalker.Walk(_memory, in state, default, 0x0000_8000_0000_0000);
        Assert.Equal(PageWalkEnd.NotCanonical, walk.End);
        state.Cr4 |= La57;
        walk = PageWalker.Walk(_memory, in state, default, 0x0000_8000_0000_0000);
        Assert.Equal((PageWalkEnd.NoRam, PagingMode.FiveLevel), (walk.End, walk.Mode));
    }

    [Fact]
    public void PAE_takes_its_first_entries_from_the_processor()
    {
        _memory.Put64(0x3000 + (3 * 8), 0x20_0083);
        VcpuState state = State(0x1000, Pae, 0);
        VcpuSystemState system = new() { Pdpte2 = 0x3001 };
        PageWalk walk = PageWalker.Walk(_memory, in state, in system, 0xFFFF_FFFF_8060_0010);
        Assert.Equal((0x20_0010UL, 2UL << 20), (walk.Physical, walk.PageBytes));
        Assert.Contains("    level 3 in the processor      : 0x0000000000003001\n", Text(in walk, state.Cr3));
        walk = PageWalker.Walk(_memory, in state, in system, 0);
        Assert.EndsWith("not present at level 3\n", Text(in walk, state.Cr3));
    }

    [Property(MaxTest = 500)]
    public void Both_walks_agree(int seed, uint linear, byte mode)
    {
        // Tables in all frames that refer to each other, one entry in four not present and one in eight large.
        Random random = new(seed);
        for (ulong at = 0; at < 64 * 1024; at += 8)
        {
            ulong flags = (random.Next(4) == 0 ? 0u : 1u) | (random.Next(8) == 0 ? 0x80u : 0);
            _memory.Put64(at, ((ulong)random.Next(16) << 12) | flags);
        }

        VcpuState state = (mode % 5) switch
        {
            0 => default,
            1 => State(0x1000, 0, 0),
            2 => State(0x1000, Pse, 0),
            3 => State(0x1000, Pae, 0),
            _ => State(0x1000, Pae | ((mode & 0x80) != 0 ? La57 : 0), LongMode),
        };
        VcpuSystemState system = new() { Pdpte0 = 0x2001, Pdpte1 = 0x3000, Pdpte2 = 0x4001, Pdpte3 = 0x5001 };
        PageWalk walk = PageWalker.Walk(_memory, in state, in system, linear);
        bool expected = GuestPaging.TryTranslate(new Registers(state, system), _memory, linear, false, false, out GuestPhysicalAddress address, out uint error);
        Assert.True(expected ? walk.IsMapped && walk.Physical == address.Value : !walk.IsMapped || (error & ReservedBit) != 0); // which the report shows, but does not judge
    }

    private static VcpuState State(ulong cr3, ulong cr4, ulong efer) => new() { Cr0 = PagingOn, Cr3 = cr3, Cr4 = cr4, Efer = efer };

    private static string Text(in PageWalk walk, ulong cr3)
    {
        TextBuffer output = new(2000);
        PageWalkText.Write(output, "rip"u8, in walk, cr3);
        return Encoding.ASCII.GetString(output.Text);
    }

    private readonly struct Registers(VcpuState state, VcpuSystemState system) : IPagingRegisters
    {
        public ulong Cr0 => state.Cr0;

        public ulong Cr3 => state.Cr3;

        public ulong Cr4 => state.Cr4;

        public ulong Efer => state.Efer;

        public int PhysicalAddressBits => 52;

        public ulong Pdpte(uint index) => system.Pdpte(index);
    }
}
