using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Domains;
using Multicosm.Domains.Loaders;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class LinuxLoaderTests
{
    private const ulong MiB = 1UL << 20;

    [Fact]
    public void Kernel_ramdisk_command_line_and_tables_are_where_the_zero_page_says()
    {
        byte[] kernel = FakeKernel.Make();
        byte[] ramdisk = FakeKernel.Bytes(70_001, 3);
        byte[] ram = Load(kernel, ramdisk, "root=/dev/x quiet");
        int page = (int)State().Rsi;
        Assert.Equal(0x10000, page);
        Assert.True(ram.AsSpan(0x1000000, kernel.Length - FakeKernel.KernelOffset).SequenceEqual(kernel.AsSpan(FakeKernel.KernelOffset)));
        uint at = Long(ram, page + 0x218);
        Assert.Equal(70_001u, Long(ram, page + 0x21C));
        Assert.Equal(0u, at & 0xFFF);
        Assert.Equal((64 * MiB) - (18 * 4096), at); // 70,001 bytes are 18 pages
        Assert.True(ram.AsSpan((int)at, ramdisk.Length).SequenceEqual(ramdisk));
        int line = (int)Long(ram, page + 0x228);
        Assert.Equal("root=/dev/x quiet\0", Encoding.UTF8.GetString(ram, line, 18));
        Assert.Equal(0xFF, ram[page + 0x210]);
        Assert.Equal(0xE0000UL, BinaryPrimitives.ReadUInt64LittleEndian(ram.AsSpan(page + 0x70)));
        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(ram, 0xE0000, 8));
        Assert.True(ram.AsSpan(page + 0x1F1, 9).SequenceEqual(kernel.AsSpan(0x1F1, 9)));
        Assert.Equal(0x53726448u, Long(ram, page + 0x202));
        Assert.True(ram.AsSpan(page + 0x230, 0x3C).SequenceEqual(kernel.AsSpan(0x230, 0x3C)));
    }

    [Fact]
    public void The_memory_map_has_RAM_holes_and_what_is_above_4_GiB()
    {
        byte[] page = new byte[4096];
        ZeroPage.SetMemoryMap(page, 3UL << 30, 5UL << 30);
        List<(ulong, ulong, uint)> map = [];
        for (int i = 0; i < page[0x1E8]; i++)
        {
            ReadOnlySpan<byte> entry = page.AsSpan(0x2D0 + (20 * i), 20);
            map.Add((BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[16..])));
        }

        Assert.Equal(
            [
                (0UL, 0x9FC00UL, 1u), (0x9FC00, 0x400, 2), (0xE0000, 0x20000, 2), (0x100000, (3UL << 30) - 0x100000, 1),
                (0xFEC00000, 0x1000, 2), (0xFEE00000, 0x1000, 2), (1UL << 32, 5UL << 30, 1),
            ],
            map);
    }

    [Fact]
    public void The_processor_starts_flat_in_protected_mode_without_paging()
    {
        VcpuState state = State();
        Assert.Equal(0x1000000UL, state.Rip);
        Assert.Equal(2UL, state.Rflags);
        Assert.Equal(1UL, state.Cr0 & 0x80000001);
        Assert.Equal(0UL, state.Rbx | state.Rbp | state.Rdi | state.Cr4 | state.Efer);
        Assert.Equal((ushort)0x10, state.Cs.Selector);
        Assert.Equal((ushort)0x18, state.Ds.Selector);
        Assert.Equal(0xC09Bu, state.Cs.AccessRights);
        Assert.Equal(0xC093u, state.Ss.AccessRights);
        Assert.Equal(0x8Bu, state.Tr.AccessRights);
        Assert.Equal(0x10000u, state.Ldtr.AccessRights);
        Assert.Equal(uint.MaxValue, state.Gs.Limit);
    }

    [Theory]
    [InlineData(0x202, (byte)'X', LoadStatus.NotBzImage)]
    [InlineData(0x1FE, 0, LoadStatus.NotBzImage)]
    [InlineData(0x206, 9, LoadStatus.TooOld)]
    [InlineData(0x211, 0, LoadStatus.NotLoadedHigh)]
    [InlineData(0x1F7, 0xFF, LoadStatus.Truncated)]
    [InlineData(0x1F1, 0xFF, LoadStatus.Truncated)]
    [InlineData(0x25F, 0xFF, LoadStatus.Malformed)]
    [InlineData(0x258, 1, LoadStatus.Malformed)]
    [InlineData(0x263, 0x7F, LoadStatus.NeedsMoreMemory)]
    [InlineData(0x23A, 0, LoadStatus.Success)]
    public void Each_fault_of_a_header_is_told_apart(int offset, byte value, LoadStatus expected)
    {
        byte[] kernel = FakeKernel.Make(version: 0x20F);
        if (offset == 0x206)
        {
            kernel[0x207] = 2;
        }

        kernel[offset] = value;
        Assert.Equal(expected, new LinuxLoader().Plan(kernel, 0, 10, 64 * MiB, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x205)]
    [InlineData(0x206)]
    [InlineData(0x260)]
    [InlineData(FakeKernel.KernelOffset)]
    [InlineData(FakeKernel.KernelOffset + 5000)]
    public void A_file_that_is_cut_off_is_refused(int length)
    {
        LoadStatus status = new LinuxLoader().Plan(FakeKernel.Make().AsSpan(0, length), 0, 0, 64 * MiB, 0);
        Assert.Equal(length < 0x206 ? LoadStatus.NotBzImage : LoadStatus.Truncated, status);
    }

    [Theory]
    [InlineData(15, LoadStatus.Success)]
    [InlineData(16, LoadStatus.Truncated)]
    public void A_file_may_end_inside_the_last_paragraph_that_its_header_counts(int missing, LoadStatus expected)
    {
        byte[] kernel = FakeKernel.Make();
        ReadOnlySpan<byte> file = kernel.AsSpan(0, kernel.Length - missing);
        Assert.Equal(expected, new LinuxLoader().Plan(file, 0, 0, 64 * MiB, 0));
        Assert.Equal(expected, LinuxHeader.Read(file, out LinuxHeader header));
        if (expected == LoadStatus.Success)
        {
            Assert.Equal(file.Length, header.KernelOffset + header.KernelBytes);
        }
    }

    [Fact]
    public void The_memory_that_is_needed_is_named()
    {
        LinuxLoader loader = new();
        Assert.Equal(LoadStatus.NeedsMoreMemory, loader.Plan(FakeKernel.Make(), (int)(20 * MiB), 0, 32 * MiB, 0));
        Assert.Equal(44 * MiB, loader.NeededBytes);
        Assert.Equal(LoadStatus.Success, loader.Plan(FakeKernel.Make(), (int)(20 * MiB), 0, 44 * MiB, 0));
        TextBuffer text = new(200);
        LoadMessages.Describe(text, LoadStatus.NeedsMoreMemory, "vmlinuz"u8, loader.NeededBytes, loader.CommandLineLimit);
        Assert.Equal("kernel \"vmlinuz\" needs, with its ramdisk, 44 MiB: give memory at least that", Encoding.UTF8.GetString(text.Text));
    }

    [Fact]
    public void A_ramdisk_stays_below_the_kernel_s_limit()
    {
        byte[] kernel = FakeKernel.Make();
        FakeKernel.Put32(kernel, 0x22C, 0x37FFFFFF);
        LinuxLoader loader = new();
        Assert.Equal(LoadStatus.Success, loader.Plan(kernel, 4096, 0, 3UL << 30, 0));
        FakeKernel.Put32(kernel, 0x22C, 0x100000);
        Assert.Equal(LoadStatus.NeedsMoreMemory, loader.Plan(kernel, 4096, 0, 3UL << 30, 0));
    }

    [Fact]
    public void A_command_line_that_the_kernel_would_cut_is_refused()
    {
        byte[] kernel = FakeKernel.Make();
        FakeKernel.Put32(kernel, 0x238, 255);
        Assert.Equal(LoadStatus.CommandLineTooLong, new LinuxLoader().Plan(kernel, 0, 256, 64 * MiB, 0));
        Assert.Equal(LoadStatus.Success, new LinuxLoader().Plan(kernel, 0, 255, 64 * MiB, 0));
    }

    [Fact]
    public void A_kernel_that_cannot_be_moved_is_loaded_at_1_MiB()
    {
        byte[] kernel = FakeKernel.Make();
        kernel[0x234] = 0;
        LinuxLoader loader = new();
        Assert.Equal(LoadStatus.Success, loader.Plan(kernel, 0, 0, 64 * MiB, 0));
        loader.FillState(out VcpuState state);
        Assert.Equal(0x100000UL, state.Rip);
    }

    [Property(MaxTest = 300)]
    public void No_header_makes_it_write_outside_the_domain(byte[] noise, ushort seed, int ramdiskBytes)
    {
        byte[] kernel = FakeKernel.Make(4000);
        Random random = new(seed);
        foreach (byte value in noise ?? [])
        {
            kernel[random.Next(0x1F1, 0x270)] = value;
        }

        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        kernel[0x1FE] = 0x55;
        kernel[0x1FF] = 0xAA;
        ramdiskBytes = Math.Abs(ramdiskBytes % 10_000_000);
        LinuxLoader loader = new();
        ulong lowBytes = 32 * MiB;
        LoadStatus status = loader.Plan(kernel, ramdiskBytes, 20, lowBytes, 0);
        if (status != LoadStatus.Success)
        {
            return;
        }

        FakeMemory memory = new() { Bytes = new byte[lowBytes] };
        FakePc pc = FakePc.WithDebian();
        Domain domain = pc.Create();
        ModuleSet modules = new();
        Assert.True(ramdiskBytes == 0 || modules.TryAdd(new FakeModule("r", new byte[ramdiskBytes], false), 0, 0));
        loader.Begin(memory, new FakeModule("k", kernel, false), modules, domain.Configuration);
        while (status is LoadStatus.Success or LoadStatus.InProgress)
        {
            status = loader.Step();
            if (status == LoadStatus.Success)
            {
                break;
            }
        }

        Assert.Equal(LoadStatus.Success, status);
    }

    private static VcpuState State()
    {
        LinuxLoader loader = new();
        Assert.Equal(LoadStatus.Success, loader.Plan(FakeKernel.Make(), 0, 0, 64 * MiB, 0));
        loader.FillState(out VcpuState state);
        return state;
    }

    private static byte[] Load(byte[] kernel, byte[] ramdisk, string commandLine)
    {
        FakePc pc = new(
            FakePc.Config("d.cfg", $"name=\"d\"\nkernel=\"k\"\nramdisk=\"r\"\nmemory=64\nextra=\"{commandLine}\"\n"),
            FakePc.File("k", kernel),
            FakePc.File("r", ramdisk));
        Domain domain = pc.Create();
        Scheduler scheduler = new(pc.Services, pc.Manager, new NoHostWork());
        for (int i = 0; i < 1000 && domain.State == DomainState.Building; i++)
        {
            scheduler.RunOnce();
        }

        Assert.Equal(DomainState.Running, domain.State);
        return ((FakeBackendDomain)domain.Backend).Ram.Bytes!;
    }

    private static uint Long(byte[] ram, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(ram.AsSpan(offset));
}
