using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Devices.XenPv;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices.XenPv;

public sealed class XenConsoleTests
{
    private const int InCons = 3072, InProd = 3076, OutCons = 3080, OutProd = 3084;

    private readonly RingPage _page = new();
    private readonly RecordingDoorbell _bell = new();
    private readonly FakeTerminal _terminal = new();
    private readonly XenConsole _console;

    public XenConsoleTests()
    {
        _console = new XenConsole(_page, _bell, _terminal.Screen, _terminal.Keyboard);
        _console.Connect(new GuestPhysicalAddress(RingPage.Address));
    }

    private string Shown => Encoding.Latin1.GetString(_terminal.Shown.ToArray());

    [Fact]
    public void What_the_guest_prints_is_shown()
    {
        Print("Linux version 6.1\r\n");
        _console.Service();
        Assert.Equal("Linux version 6.1\r\n", Shown);
        Assert.Equal(_page[OutProd], _page[OutCons]);
        Assert.Equal(1, _bell.Rings);
        _console.Service();
        Assert.Equal(1, _bell.Rings);
    }

    [Fact]
    public void The_guest_waits_while_nobody_takes_its_output()
    {
        _terminal.Room = 3;
        Print("abcdef");
        _console.Service();
        Assert.Equal("abc", Shown);
        Assert.Equal(3u, _page[OutCons]);
        _console.Service();
        _terminal.Room = 100;
        _console.Service();
        Assert.Equal("abcdef", Shown);
        Assert.Equal(2, _bell.Rings);
    }

    [Fact]
    public void What_is_typed_waits_for_room_in_the_ring()
    {
        for (int i = 0; i < 1500; i++)
        {
            _terminal.Typed.Enqueue((byte)(i % 251));
        }

        _console.Service();
        Assert.Equal(1024u, _page[InProd]);
        Assert.Equal(476, _terminal.Typed.Count);
        _page[InCons] = 1000;
        _console.Service();
        Assert.Equal(1500u, _page[InProd]);
        Assert.Equal(1499 % 251, _page.Bytes[1499 % 1024]);
    }

    [Theory]
    [InlineData(OutProd, 2049u)]
    [InlineData(OutProd, 0xFFFFFFFFu)]
    [InlineData(InCons, 1u)]
    [InlineData(InCons, 0x80000000u)]
    public void Indices_that_no_ring_can_have_end_the_console_with_one_message(int index, uint value)
    {
        _page[index] = value;
        _console.Service();
        _console.Service();
        Assert.True(_console.IsBroken);
        Assert.Equal(0, _bell.Rings);
        Assert.Equal(1, Shown.Split("console ring broken").Length - 1);
        Assert.EndsWith("\r\n", Shown, StringComparison.Ordinal);
        _page.Bytes.AsSpan().Clear();
        _console.Connect(new GuestPhysicalAddress(RingPage.Address));
        Print("again");
        _console.Service();
        Assert.EndsWith("again", Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_indices_are_ours_whatever_the_guest_writes_over_them()
    {
        Print("one");
        _console.Service();
        _page[OutCons] = 77;
        _page[InProd] = 99;
        Print("two");
        _terminal.Typed.Enqueue(1);
        _console.Service();
        Assert.Equal("onetwo", Shown);
        Assert.Equal(6u, _page[OutCons]);
        Assert.Equal(1u, _page[InProd]);
    }

    [Fact]
    public void Nothing_happens_before_it_is_connected()
    {
        XenConsole console = new(_page, _bell, _terminal.Screen, _terminal.Keyboard);
        Print("x");
        console.Service();
        Assert.Equal("", Shown);
    }

    [Fact]
    public void The_message_waits_for_room()
    {
        _terminal.Room = 10;
        _page[OutProd] = 5000;
        _console.Service();
        Assert.Equal(10, Shown.Length);
        _terminal.Room = int.MaxValue;
        _console.Service();
        _console.Service();
        Assert.EndsWith("restarts\r\n", Shown, StringComparison.Ordinal);
        Assert.Equal(1, Shown.Split("console ring broken").Length - 1);
    }

    // Whatever both sides do, in whatever pieces, bytes arrive once and in order.
    [Property(MaxTest = 300)]
    public void Bytes_arrive_once_and_in_order(ushort[] steps)
    {
        List<byte> printed = [];
        List<byte> typed = [];
        List<byte> read = [];
        XenConsole console = new(_page, _bell, _terminal.Screen, _terminal.Keyboard);
        _page.Bytes.AsSpan().Clear();
        _terminal.Shown.Clear();
        _terminal.Typed.Clear();
        console.Connect(new GuestPhysicalAddress(RingPage.Address));
        byte next = 0;
        foreach (ushort step in steps.Concat(new ushort[] { 2, 2, 2 }))
        {
            int amount = step / 4;
            switch (step % 4)
            {
                case 0:
                    for (int i = 0; i < amount && _page[OutProd] - _page[OutCons] < 2048; i++, next++)
                    {
                        printed.Add(next);
                        Print(next);
                    }

                    break;
                case 1:
                    for (int i = 0; i < amount % 1500; i++, next++)
                    {
                        typed.Add(next);
                        _terminal.Typed.Enqueue(next);
                    }

                    break;
                case 2:
                    _terminal.Room = amount == 0 ? int.MaxValue : amount;
                    console.Service();
                    break;
                default:
                    for (int i = 0; i < amount && _page[InCons] != _page[InProd]; i++)
                    {
                        read.Add(_page.Bytes[_page[InCons] % 1024]);
                        _page[InCons]++;
                    }

                    break;
            }
        }

        Assert.False(console.IsBroken);
        Assert.Equal(printed, _terminal.Shown);
        Assert.Equal(typed.Take(read.Count), read);
    }

    private void Print(string text)
    {
        foreach (char c in text)
        {
            Print((byte)c);
        }
    }

    private void Print(byte value)
    {
        _page.Bytes[1024 + (_page[OutProd] % 2048)] = value;
        _page[OutProd]++;
    }
}
