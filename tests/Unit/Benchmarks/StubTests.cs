using System;
using System.Buffers.Binary;
using System.Linq;
using Multicosm.Benchmarks;
using Xunit;

namespace Multicosm.Unit.Benchmarks;

public sealed class StubTests
{
    private static readonly byte[] s_start = [0x0F, 0x31, 0x66, 0xBA, 0xF8, 0x03];

    [Fact]
    public void OfABzImageOnlyTheCodeAtTheEntryPointDiffers()
    {
        byte[] image = [.. Enumerable.Repeat((byte)0xAA, 8192)];
        image[0x1F1] = 3;
        byte[] stub = Stub.OfLinux(image);
        Assert.Equal(4 * 512, Differing(image, stub).Start.Value);
        Assert.Equal(s_start, stub[(4 * 512)..][..s_start.Length]);
        Assert.Equal(image.Length, stub.Length);
    }

    [Fact]
    public void OfAnElfImageOnlyTheCodeAtTheEntryPointDiffers()
    {
        byte[] image = Elf(entry: 0x200050);
        byte[] stub = Stub.OfElf(image);
        Assert.Equal(0x1050, Differing(image, stub).Start.Value);
        Assert.Equal(s_start, stub[0x1050..][..s_start.Length]);
        Assert.Equal(image.Length, stub.Length);
    }

    [Theory]
    [InlineData(0x1FFFFF)]
    [InlineData(0x201000)]
    public void AnElfImageThatIsEnteredNowhereIsRefused(ulong entry) => Assert.Throws<ArgumentException>(() => Stub.OfElf(Elf(entry)));

    private static Range Differing(byte[] one, byte[] other)
    {
        int[] places = [.. Enumerable.Range(0, one.Length).Where(i => one[i] != other[i])];
        return places[0]..(places[^1] + 1);
    }

    // Two segments: one that is not loaded, one of 4 KiB from offset 0x1000 at 2 MiB.
    private static byte[] Elf(ulong entry)
    {
        byte[] image = [.. Enumerable.Repeat((byte)0xAA, 0x3000)];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(24), entry);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(56), 2);
        Segment(image.AsSpan(64), 4, 0);
        Segment(image.AsSpan(64 + 56), 1, 0x1000);
        return image;
    }

    private static void Segment(Span<byte> header, uint type, ulong offset)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], 0x200000);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], 0x1000);
    }
}
