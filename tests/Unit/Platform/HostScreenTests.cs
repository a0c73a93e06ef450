using System;
using System.Linq;
using System.Text;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Screen;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>Text on a screen of characters, whose memory is an array here.</summary>
public sealed unsafe class HostScreenTests
{
    private const int Columns = 20;
    private const int Rows = 4;

    private readonly ushort[] _memory = GC.AllocateArray<ushort>(Columns * Rows, pinned: true);

    [Fact]
    public void LinesStandBelowEachOtherAndLongOnesGoOn()
    {
        Start();
        HostScreen.Write("one\r\ntwo\n123456789012345678901234\n"u8);
        Assert.Equal(["one", "two", "12345678901234567890", "1234"], Shown());
        Assert.False(HostScreen.IsBehind);
    }

    [Fact]
    public void AFullScreenScrolls()
    {
        Start();
        HostScreen.Write("a\nb\nc\nd\ne\nf"u8);
        HostScreen.PaintAll();
        Assert.Equal(["c", "d", "e", "f"], Shown());
        Assert.All(_memory, cell => Assert.Equal(0x0700, cell & 0xFF00));
    }

    [Fact]
    public void WhatHasNoGlyphIsAQuestionMark()
    {
        Start();
        HostScreen.Write("a\u00e4\tb\u007f~\n"u8);
        Assert.Equal("a???b?~", Shown()[0]);
    }

    [Fact]
    public void DeferredTextComesInSmallPieces()
    {
        Start();
        HostScreen.IsDeferred = true;
        HostScreen.Write("abcdefgh\nij\n"u8);
        Assert.Equal("", string.Concat(Shown()));
        Assert.True(HostScreen.IsBehind);
        HostScreen.Paint(3);
        Assert.Equal("abc", string.Concat(Shown()));
        HostScreen.Paint(6);
        Assert.Equal(["abcdefgh", "i", "", ""], Shown());
        HostScreen.Paint(100);
        Assert.Equal("ij", Shown()[1]);
        Assert.False(HostScreen.IsBehind);
    }

    [Fact]
    public void ABlankOverALetterIsPaintedToo()
    {
        Start();
        HostScreen.Write("long line\n1\n2\n3\n4\n"u8);
        Assert.Equal(["1", "2", "3", "4"], Shown());
    }

    [Theory]
    [InlineData(FrameBufferKind.Rgb, 1024, 768, 32, 4096, 128, 48, 1)]
    [InlineData(FrameBufferKind.Rgb, 800, 600, 24, 2400, 100, 37, 1)]
    [InlineData(FrameBufferKind.Rgb, 3840, 2160, 32, 15360, 240, 67, 2)]
    [InlineData(FrameBufferKind.Rgb, 2560, 1440, 32, 10240, 160, 45, 2)]
    [InlineData(FrameBufferKind.Text, 80, 25, 16, 160, 80, 25, 1)]
    [InlineData(FrameBufferKind.Rgb, 800, 600, 16, 1600, 0, 0, 0)] // neither 24 nor 32 bits
    [InlineData(FrameBufferKind.Rgb, 800, 600, 32, 1600, 0, 0, 0)] // lines longer than their pitch
    [InlineData(FrameBufferKind.Rgb, 800, 1000000, 32, 3200, 0, 0, 0)]
    [InlineData(FrameBufferKind.Rgb, 4, 4, 32, 16, 0, 0, 0)]
    [InlineData(FrameBufferKind.Rgb, 1920, 1080, 32, 65536, 240, 67, 1)] // the longest pitch
    [InlineData(FrameBufferKind.Rgb, 1920, 1080, 32, 65540, 0, 0, 0)]
    [InlineData(FrameBufferKind.Rgb, 1920, 4096, 32, 65536, 240, 68, 1)] // 256 MiB
    [InlineData(FrameBufferKind.Rgb, 1920, 4097, 32, 65536, 0, 0, 0)]
    [InlineData(FrameBufferKind.Rgb, 1920, 1080, 32, 0xFFFFFFFF, 0, 0, 0)]
    [InlineData(FrameBufferKind.Palette, 800, 600, 32, 3200, 0, 0, 0)]
    [InlineData(FrameBufferKind.Palette, 800, 600, 8, 800, 0, 0, 0)]
    [InlineData(FrameBufferKind.None, 80, 25, 16, 160, 0, 0, 0)]
    public void TheScreenDecidesHowMuchTextItTakes(FrameBufferKind kind, uint width, uint height, byte bits, uint pitch, int columns, int rows, int scale)
    {
        ScreenGeometry geometry = ScreenGeometry.Of(new FrameBufferRecord { Kind = kind, Width = width, Height = height, BitsPerPixel = bits, Pitch = pitch });
        Assert.Equal(columns, geometry.Columns);
        Assert.Equal(rows, geometry.Rows);
        Assert.True(rows == 0 || geometry.Scale == scale);
        Assert.True(columns * rows <= ScreenGeometry.MaximumCells);
    }

    private void Start()
    {
        HostScreen.IsDeferred = false;
        ScreenGeometry geometry = ScreenGeometry.Of(new FrameBufferRecord { Kind = FrameBufferKind.Text, Width = Columns, Height = Rows, BitsPerPixel = 16, Pitch = Columns * 2 });
        fixed (ushort* memory = _memory)
        {
            HostScreen.Start((byte*)memory, in geometry);
        }
    }

    private string[] Shown() => [.. Enumerable.Range(0, Rows).Select(row =>
        Encoding.ASCII.GetString([.. _memory.Skip(row * Columns).Take(Columns).Select(cell => (byte)cell)]).TrimEnd())];
}
