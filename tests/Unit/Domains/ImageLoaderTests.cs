using System;
using System.Buffers.Binary;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Domains;
using Multicosm.Domains.Loaders;
using Multicosm.Machine;
using Multicosm.Unit.Hosting;
using Xunit;

namespace Multicosm.Unit.Domains;

/// <summary>Kernels with addresses of their own: multiboot and PVH.</summary>
public sealed class ImageLoaderTests
{
    private const uint LoadAddress = 0x400000;
    private const int CodeOffset = 0x1000;
    private const ulong MiB = 1UL << 20;

    [Fact]
    public void A_flat_multiboot_kernel_gets_command_line_map_and_modules()
    {
        byte[] kernel = Flat(0x3000, clearEnd: LoadAddress + 0x6000);
        byte[] ram = Load(kernel, "ramdisk='m1 one=1,m2'\nextra='smp 2'", out VcpuState state);
        Assert.Equal(0x2BADB002u, state.Rax);
        Assert.Equal(LoadAddress + 0x20, state.Rip);
        Assert.Equal(1UL, state.Cr0 & 0x80000001);
        Assert.True(ram.AsSpan((int)LoadAddress, 0x3000).SequenceEqual(kernel.AsSpan(CodeOffset, 0x3000)));
        int information = (int)state.Rbx;
        Assert.Equal((int)LoadAddress + 0x6000, information);
        Assert.Equal(0x24Du, Long(ram, information) & 0xFFFF);
        Assert.Equal(639u, Long(ram, information + 4));
        Assert.Equal(31u * 1024, Long(ram, information + 8));
        Assert.Equal("k smp 2", Text(ram, Long(ram, information + 16)));
        Assert.Equal(2u, Long(ram, information + 20));
        int modules = (int)Long(ram, information + 24);
        Assert.Equal("m1 one=1", Text(ram, Long(ram, modules + 8)));
        Assert.Equal("m2", Text(ram, Long(ram, modules + 24)));
        Assert.Equal([1, 2, 3], ram.AsSpan((int)Long(ram, modules), (int)(Long(ram, modules + 4) - Long(ram, modules))).ToArray());
        Assert.Equal([4], ram.AsSpan((int)Long(ram, modules + 16), (int)(Long(ram, modules + 20) - Long(ram, modules + 16))).ToArray());
        Assert.Equal(0u, Long(ram, modules + 16) & 0xFFF);
        int map = (int)Long(ram, information + 48);
        Assert.Equal(6u * 24, Long(ram, information + 44));
        Assert.Equal((20u, 0x100000u, 31u << 20, 1u), (Long(ram, map + 72), Long(ram, map + 76), Long(ram, map + 84), Long(ram, map + 92)));
        Assert.Equal("Multicosm", Text(ram, Long(ram, information + 64)));
        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(ram, 0xE0000, 8));
        ReadOnlySpan<byte> code = ram.AsSpan((int)state.GdtrBase + state.Cs.Selector, 8);
        Assert.Equal([0xFF, 0xFF, 0, 0, 0, 0x9B, 0xCF, 0], code.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_ELF_file_of_either_size_with_a_multiboot_header_goes_where_its_segments_say(int fileClass)
    {
        byte[] kernel = fileClass == 1 ? Elf32() : Elf64();
        byte[] ram = Load(kernel, "", out VcpuState state);
        Assert.Equal(0x200010u, state.Rip);
        Assert.True(ram.AsSpan(0x200000, 0x100).SequenceEqual(kernel.AsSpan(0x100, 0x100)));
        Assert.Equal(0x202000u, state.Rbx);
        Assert.Equal(0x2BADB002u, state.Rax);
    }

    [Fact]
    public void A_PVH_kernel_gets_its_start_info()
    {
        byte[] kernel = KernelMaker.Elf(KernelMaker.Note("Xen", 18, BitConverter.GetBytes(0x1000020u)));
        byte[] ram = Load(kernel, "ramdisk='m1'\nextra='a=b'", out VcpuState state);
        Assert.Equal(0x1000020u, state.Rip);
        Assert.Equal(0UL, state.Rax | state.Cr4);
        int information = (int)state.Rbx;
        Assert.Equal(0x1005000, information);
        Assert.Equal((0x336EC578u, 1u, 0u, 1u), (Long(ram, information), Long(ram, information + 4), Long(ram, information + 8), Long(ram, information + 12)));
        int module = (int)Long(ram, information + 16);
        Assert.Equal([1, 2, 3], ram.AsSpan((int)Long(ram, module), (int)Long(ram, module + 8)).ToArray());
        Assert.Equal("a=b", Text(ram, Long(ram, information + 24)));
        Assert.Equal(0xE0000u, Long(ram, information + 32));
        int map = (int)Long(ram, information + 40);
        Assert.Equal(6u, Long(ram, information + 48));
        Assert.Equal((0x100000u, 31u << 20, 1u), (Long(ram, map + 72), Long(ram, map + 80), Long(ram, map + 88)));
        Assert.Equal("code", Encoding.ASCII.GetString(ram, 0x1000000, 4));
    }

    [Fact]
    public void What_cannot_be_loaded_is_told_apart()
    {
        Assert.Equal(LoadStatus.NotBzImage, Plan(new MultibootLoader(), new byte[100]));
        Assert.Equal(LoadStatus.DemandsUnknown, Plan(new MultibootLoader(), Flat(0x1000, flags: 0x10008)));
        Assert.Equal(LoadStatus.Truncated, Plan(new MultibootLoader(), Flat(0x1000, loadEnd: LoadAddress + 0x1001)));
        Assert.Equal(LoadStatus.Malformed, Plan(new MultibootLoader(), Flat(0x1000, loadEnd: LoadAddress - 1)));
        Assert.Equal(LoadStatus.NeedsMoreMemory, Plan(new MultibootLoader(), Flat(0x1000, clearEnd: 0x4000000)));
        Assert.Equal(LoadStatus.NotElf, Plan(new MultibootLoader(), Flat(0x1000, flags: 3)));
        Assert.Equal(LoadStatus.NoPvhEntry, Plan(new PvhLoader(), KernelMaker.Elf([])));
        Assert.Equal(LoadStatus.NotElf, Plan(new PvhLoader(), FakeKernel.Make()));
        Assert.Equal(LoadStatus.Malformed, Plan(new PvhLoader(), KernelMaker.Elf(KernelMaker.Note("Xen", 18, BitConverter.GetBytes(0x40000000u)))));
        Assert.Equal(KernelKind.None, KernelProbe.Find(new byte[10000]));
        Assert.Equal(KernelKind.Linux, KernelProbe.Find(FakeKernel.Make()));
        Assert.Equal(KernelKind.Multiboot, KernelProbe.Find(Elf32()));
    }

    [Property(MaxTest = 500)]
    public void No_header_makes_it_write_outside_the_domain(byte[] noise, ushort seed, bool isElf)
    {
        byte[] kernel = isElf ? Elf32() : Flat(0x1000);
        Random random = new(seed);
        foreach (byte value in noise ?? [])
        {
            kernel[isElf ? random.Next(16, 0x100) : random.Next(CodeOffset + 12, CodeOffset + 32)] = value;
        }

        MultibootLoader loader = new();
        ModuleSet modules = new();
        LoadStatus status = loader.Plan(kernel, modules, 0, 32 * MiB, 0);
        if (status != LoadStatus.Success)
        {
            return;
        }

        FakeMemory memory = new() { Bytes = new byte[32 * MiB] };
        loader.Begin(memory, new FakeModule("k", kernel, false), modules, FakePc.WithDebian().Create().Configuration);
        while (loader.Step() == LoadStatus.InProgress)
        {
            // each step writes within the memory, or says that it cannot
        }
    }

    private static LoadStatus Plan(ImageLoader loader, byte[] kernel) => loader.Plan(kernel, new ModuleSet(), 0, 32 * MiB, 0);

    private static byte[] Load(byte[] kernel, string lines, out VcpuState state)
    {
        FakePc pc = new(
            FakePc.Config("d.cfg", $"name=\"d\"\nkernel=\"k\"\nmemory=32\n{lines}\n"),
            FakePc.File("k", kernel),
            FakePc.File("m1", [1, 2, 3]),
            FakePc.File("m2", [4]));
        Domain domain = pc.Create();
        Scheduler scheduler = new(pc.Services, pc.Manager, new NoHostWork());
        for (int i = 0; i < 1000 && domain.State == DomainState.Building; i++)
        {
            scheduler.RunOnce();
        }

        Assert.Equal(DomainState.Running, domain.State);
        state = Assert.Single(pc.Backend.Written).Value;
        return ((FakeBackendDomain)domain.Backend).Ram.Bytes!;
    }

    private static byte[] Flat(int bytes, uint flags = 0x10003, uint loadEnd = 0, uint clearEnd = 0)
    {
        byte[] file = FakeKernel.Bytes(CodeOffset + bytes, 7);
        Array.Clear(file, 0, CodeOffset);
        Header(file, CodeOffset, flags);
        uint[] addresses = [LoadAddress, LoadAddress, loadEnd, clearEnd, LoadAddress + 0x20];
        for (int i = 0; i < addresses.Length; i++)
        {
            FakeKernel.Put32(file, CodeOffset + 12 + (4 * i), addresses[i]);
        }

        return file;
    }

    private static byte[] Elf32()
    {
        byte[] file = FakeKernel.Bytes(0x200, 5);
        Array.Clear(file, 0, 0x100);
        byte[] magic = [0x7F, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1];
        magic.CopyTo(file, 0);
        file[16] = 2;
        file[18] = 3;
        FakeKernel.Put32(file, 24, 0x200010);
        FakeKernel.Put32(file, 28, 52);
        file[40] = 52;
        file[42] = 32;
        file[44] = 1;
        uint[] segment = [1, 0x100, 0xC0200000, 0x200000, 0x100, 0x1800];
        for (int i = 0; i < segment.Length; i++)
        {
            FakeKernel.Put32(file, 52 + (4 * i), segment[i]);
        }

        Header(file, 0xC0, 3);
        return file;
    }

    private static byte[] Elf64()
    {
        byte[] file = FakeKernel.Bytes(0x200, 5);
        Array.Clear(file, 0, 0x100);
        byte[] magic = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        magic.CopyTo(file, 0);
        file[16] = 2;
        file[18] = 62;
        FakeKernel.Put32(file, 24, 0x200010);
        file[32] = 64;
        file[52] = 64;
        file[54] = 56;
        file[56] = 1;
        ulong[] segment = [0x7_0000_0001, 0x100, 0xFFFFFFFF80200000, 0x200000, 0x100, 0x1800];
        for (int i = 0; i < segment.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(64 + (8 * i)), segment[i]);
        }

        Header(file, 0xC0, 3);
        return file;
    }

    private static void Header(byte[] file, int at, uint flags)
    {
        FakeKernel.Put32(file, at, 0x1BADB002);
        FakeKernel.Put32(file, at + 4, flags);
        FakeKernel.Put32(file, at + 8, unchecked(0u - 0x1BADB002 - flags));
    }

    private static uint Long(byte[] ram, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(ram.AsSpan(offset));

    private static string Text(byte[] ram, uint address)
    {
        ReadOnlySpan<byte> text = ram.AsSpan((int)address);
        return Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]);
    }
}
