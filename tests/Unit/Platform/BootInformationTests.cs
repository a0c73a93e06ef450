using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Memory;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>Boot information as GRUB writes it, and as nobody should (Multiboot2 specification 2.0, 3.6).</summary>
public sealed unsafe class BootInformationTests
{
    private const ulong Physical = 0x10000;

    [Fact]
    public void WhatGrubWritesOnABiosPcIsRead()
    {
        using GuardedBytes bytes = Information(
            Tag(1, Encoding.UTF8.GetBytes("serial=com2 loglevel=info\0")),
            Tag(2, "GRUB 2.06\0"u8.ToArray()),
            Module(0x0100_0000, 0x0100_0010, "domain a.cfg\0"),
            Module(0x0200_0000, 0x0280_0000, "file b\0"),
            Map(24, (0, 0x9FC00, 1), (0x100000, 0x1FF00000, 1), (0xFFFC0000, 0x40000, 2)),
            Screen(0xB8000, 160, 80, 25, 16, 2),
            Tag(14, Rsdp(20, 0)),
            Tag(0, []));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.Equal("serial=com2 loglevel=info", Encoding.UTF8.GetString(BootInformation.CommandLine));
        Assert.Equal(2, BootInformation.ModuleCount);
        Assert.Equal(0x0280_0000UL, BootInformation.Module(1).End);
        Assert.Equal("domain a.cfg", Encoding.UTF8.GetString((byte*)BootInformation.Module(0).Text, BootInformation.Module(0).TextLength));
        Assert.Equal(3, BootInformation.RangeCount);
        Check(BootInformation.Range(1), 0x100000, 0x20000000, 1);
        Assert.Equal(FrameBufferKind.Text, BootInformation.FrameBuffer.Kind);
        Assert.Equal(4000UL, BootInformation.FrameBuffer.Bytes);
        Assert.False(BootInformation.IsUefi);
        Assert.False(BootInformation.IsRsdpNew);
        Assert.Equal(20, BootInformation.Rsdp.Length);
        Assert.Equal(0, BootInformation.LeftOut);
        Assert.Equal(Physical, BootInformation.Location.Start);
    }

    [Theory]
    [InlineData(11u)]
    [InlineData(12u)]
    [InlineData(17u)]
    [InlineData(20u)]
    public void WhatOnlyUefiHasTellsOfUefi(uint type)
    {
        using GuardedBytes bytes = Information(Tag(type, new byte[16]), Screen(0x80000000, 3200, 800, 600, 32, 1));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.True(BootInformation.IsUefi);
        Assert.Equal(FrameBufferKind.Rgb, BootInformation.FrameBuffer.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheNewerRsdpWins(bool newFirst)
    {
        byte[] older = Tag(14, Rsdp(20, 0));
        byte[] newer = Tag(15, Rsdp(36, 2));
        using GuardedBytes bytes = newFirst ? Information(newer, older) : Information(older, newer);
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.True(BootInformation.IsRsdpNew);
        Assert.Equal(2, BootInformation.Rsdp[15]);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(0x7FFF_FFFFu)]
    public void ALengthThatCannotBeIsRefused(uint total)
    {
        byte[] content = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(content, total);
        using GuardedBytes bytes = new(content);
        Assert.False(BootInformation.TryRead(bytes.Start, Physical));
    }

    [Fact]
    public void TagsThatAreTooShortAreNotRead()
    {
        using GuardedBytes bytes = Information(Tag(3, new byte[7]), Tag(6, new byte[7]), Tag(8, new byte[22]), Tag(14, new byte[19]), Tag(15, new byte[35]), Tag(1, []));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.Equal(0, BootInformation.ModuleCount + BootInformation.RangeCount);
        Assert.Equal(FrameBufferKind.None, BootInformation.FrameBuffer.Kind);
        Assert.True(BootInformation.Rsdp.IsEmpty);
        Assert.True(BootInformation.CommandLine.IsEmpty);
    }

    [Fact]
    public void ATagThatReachesBeyondTheEndEndsTheList()
    {
        byte[] tag = Tag(1, "x\0"u8.ToArray());
        BinaryPrimitives.WriteUInt32LittleEndian(tag.AsSpan(4), 0xFFFF_FFF0);
        using GuardedBytes bytes = Information(tag, Tag(12, new byte[8]));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.False(BootInformation.IsUefi);
    }

    [Fact]
    public void RangesThatWrapOrLieTooHighAreCutOrLeftOut()
    {
        using GuardedBytes bytes = Information(Map(24, (0x1000, ulong.MaxValue, 1), (1UL << 50, 0x1000, 1), (1UL << 50, 0x1000, 2), (0x2000, 0, 1)));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.Equal(1, BootInformation.RangeCount);
        Check(BootInformation.Range(0), 0x1000, 1UL << 40, 1);
        Assert.Equal(1, BootInformation.LeftOut); // what is not RAM is nobody's loss
    }

    [Theory]
    [InlineData((byte)0, FrameBufferKind.Palette)]
    [InlineData((byte)1, FrameBufferKind.Rgb)]
    [InlineData((byte)2, FrameBufferKind.Text)]
    [InlineData((byte)3, FrameBufferKind.None)]
    public void TheKindOfTheScreenIsRead(byte number, FrameBufferKind kind)
    {
        using GuardedBytes bytes = Information(Screen(0x8000_0000, 3200, 800, 600, 32, number));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.Equal(kind, BootInformation.FrameBuffer.Kind);
    }

    // 800x600 of 32 bits are 0x1D4C00 bytes. RAM is at 0..9FC00 and 1 MiB..2 GiB, another range above, and the CPU has 36 bits of address.
    [Theory]
    [InlineData(0x8000_0000UL, true)] // directly behind the RAM
    [InlineData(0x8100_0000UL, true)] // over another range that is not RAM
    [InlineData(0xE000_0000UL, true)]
    [InlineData(0xFF_FFFF_0000UL, false)]
    [InlineData(0x10_0000_0000UL, false)]
    [InlineData(0x10_0000_0000UL - 0x1D4C00, true)] // ends with the last address
    [InlineData(0x10_0000_0000UL - 0x1D4BFF, false)]
    [InlineData(0xFFFF_FFFF_FFFF_F000UL, false)] // its end wraps
    [InlineData(0x4000_0000UL, false)]
    [InlineData(0x7FFF_FFFFUL, false)] // the last byte of RAM
    [InlineData(0x9FBFFUL, false)]
    [InlineData(0xF0000UL, false)] // its end is in RAM
    public void AScreenInRamOrBeyondAllAddressesIsNone(ulong address, bool stands)
    {
        using GuardedBytes bytes = Information(
            Map(24, (0, 0x9FC00, 1), (0x100000, 0x7FF00000, 1), (0x8100_0000, 0x10000, 3)),
            Screen(address, 3200, 800, 600, 32, 1));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.Equal(stands, BootScreen.CanLieThere(in BootInformation.FrameBuffer, 1UL << 36));
    }

    [Fact]
    public void AScreenOfTextLiesBetweenTheRam()
    {
        using GuardedBytes bytes = Information(Map(24, (0, 0x9FC00, 1), (0x100000, 0x7FF00000, 1)), Screen(0xB8000, 160, 80, 25, 16, 2));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.True(BootScreen.CanLieThere(in BootInformation.FrameBuffer, 1UL << 36));
    }

    [Fact]
    public void AScreenThatIsForgottenIsCounted()
    {
        using GuardedBytes bytes = Information(Screen(0x100000, 160, 80, 25, 16, 2));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        BootInformation.ForgetFrameBuffer();
        Assert.Equal(FrameBufferKind.None, BootInformation.FrameBuffer.Kind);
        Assert.Equal(1, BootInformation.LeftOut);
        Assert.True(BootScreen.CanLieThere(in BootInformation.FrameBuffer, 1UL << 36)); // none is no mistake
    }

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(23u, 0)]
    [InlineData(0xFFFF_FFFFu, 0)]
    [InlineData(48u, 1)] // newer versions may have longer entries
    public void TheMapsEntriesHaveTheLengthThatItSays(uint entryBytes, int ranges)
    {
        using GuardedBytes bytes = Information(Map(entryBytes, (0, 0x1000, 1), (0x1000, 0x1000, 1)));
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.Equal(ranges, BootInformation.RangeCount);
    }

    [Fact]
    public void TooManyModulesAndRangesAreLeftOutAndCounted()
    {
        List<byte[]> tags = [];
        (ulong, ulong, uint)[] ranges = new (ulong, ulong, uint)[600];
        for (uint i = 0; i < 600; i++)
        {
            ranges[i] = (i * 0x1000, 0x1000, 1);
            tags.Add(Module(i * 0x1000, (i * 0x1000) + 1, "file x\0"));
        }

        using GuardedBytes bytes = Information([.. tags, Map(24, ranges), Module(2, 1, "file backwards\0")]);
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.Equal(512, BootInformation.ModuleCount);
        Assert.Equal(512, BootInformation.RangeCount);
        Assert.Equal(88 + 88 + 1, BootInformation.LeftOut);
    }

    [Property(MaxTest = 3000)]
    public void AnyBytesCanBeRead(byte[] noise, ushort cut)
    {
        byte[] content = new byte[Math.Max(16, noise.Length + 8)];
        noise.CopyTo(content, 8);
        for (int i = 8; i + 8 <= content.Length; i += 16)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(i), (uint)(content[i] % 24)); // types that mean something
            BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(i + 4), (uint)(cut % 64)); // lengths that lead on
        }

        BinaryPrimitives.WriteUInt32LittleEndian(content, (uint)content.Length);
        using GuardedBytes bytes = new(content);
        Assert.True(BootInformation.TryRead(bytes.Start, Physical));
        Assert.InRange(BootInformation.CommandLine.Length, 0, content.Length);
        _ = ScreenGeometryOf();
    }

    private static int ScreenGeometryOf() => Multicosm.Platform.Screen.ScreenGeometry.Of(in BootInformation.FrameBuffer).Rows;

    private static void Check(MemoryRange range, ulong start, ulong end, uint type)
    {
        Assert.Equal(start, range.Start);
        Assert.Equal(end, range.End);
        Assert.Equal(type, range.Type);
    }

    private static GuardedBytes Information(params byte[][] tags)
    {
        List<byte> all = [.. new byte[8]];
        foreach (byte[] tag in tags)
        {
            all.AddRange(tag);
            all.AddRange(new byte[(8 - (all.Count % 8)) % 8]);
        }

        byte[] content = [.. all];
        BinaryPrimitives.WriteUInt32LittleEndian(content, (uint)content.Length);
        return new GuardedBytes(content);
    }

    private static byte[] Tag(uint type, byte[] content)
    {
        byte[] tag = new byte[8 + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(tag, type);
        BinaryPrimitives.WriteUInt32LittleEndian(tag.AsSpan(4), (uint)tag.Length);
        content.CopyTo(tag, 8);
        return tag;
    }

    private static byte[] Module(uint start, uint end, string text)
        => Tag(3, [.. BitConverter.GetBytes(start), .. BitConverter.GetBytes(end), .. Encoding.UTF8.GetBytes(text)]);

    private static byte[] Map(uint entryBytes, params (ulong Start, ulong Length, uint Type)[] ranges)
    {
        List<byte> content = [.. BitConverter.GetBytes(entryBytes), .. new byte[4]];
        foreach ((ulong start, ulong length, uint type) in ranges)
        {
            content.AddRange([.. BitConverter.GetBytes(start), .. BitConverter.GetBytes(length), .. BitConverter.GetBytes(type), .. new byte[4]]);
        }

        return Tag(6, [.. content]);
    }

    private static byte[] Screen(ulong address, uint pitch, uint width, uint height, byte bits, byte kind)
        => Tag(8, [.. BitConverter.GetBytes(address), .. BitConverter.GetBytes(pitch), .. BitConverter.GetBytes(width), .. BitConverter.GetBytes(height), bits, kind, 0]);

    private static byte[] Rsdp(int length, byte revision)
    {
        byte[] rsdp = new byte[length];
        "RSD PTR "u8.CopyTo(rsdp);
        rsdp[15] = revision;
        return rsdp;
    }
}
