using System;
using System.Buffers.Binary;
using Multicosm.Domains.Loaders;
using Multicosm.Unit.Hosting;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class ParavirtLoaderTests
{
    private const int FirstMemoryBytes = 64 + 40;
    private const int SecondMemoryBytes = 64 + 56 + 40;

    [Fact]
    public void Notes_need_no_size_in_memory_but_what_is_loaded_does()
    {
        byte[] kernel = KernelMaker.Elf([.. Note(1, 0xFFFFFFFF81000100), .. Note(3, 0xFFFFFFFF80000000)]);
        Assert.Equal(LoadStatus.Success, Plan(kernel));
        BinaryPrimitives.WriteUInt64LittleEndian(kernel.AsSpan(SecondMemoryBytes), 0); // as in GRUB
        Assert.Equal(LoadStatus.Success, Plan(kernel));
        BinaryPrimitives.WriteUInt64LittleEndian(kernel.AsSpan(FirstMemoryBytes), 0x2FFF);
        Assert.Equal(LoadStatus.Truncated, Plan(kernel));
    }

    [Fact]
    public void A_kernel_without_an_entry_is_for_PV_unless_it_is_for_PVH()
    {
        byte[] version = KernelMaker.Note("Xen", 5, "xen-3.0\0"u8.ToArray());
        Assert.Equal(LoadStatus.Success, Plan(KernelMaker.Elf(version)));
        Assert.Equal(LoadStatus.NoXenNotes, Plan(KernelMaker.Elf([.. version, .. KernelMaker.Note("Xen", 18, BitConverter.GetBytes(0x100000u))])));
        Assert.Equal(LoadStatus.NoXenNotes, Plan(KernelMaker.Elf([])));
    }

    private static LoadStatus Plan(byte[] kernel) => new ParavirtLoader().Plan(kernel, 0, 0, 64UL << 20, 1);

    private static byte[] Note(uint type, ulong value) => KernelMaker.Note("Xen", type, BitConverter.GetBytes(value));
}
