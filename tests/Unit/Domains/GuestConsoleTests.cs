using System;
using System.Text;
using Multicosm.Domains;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class GuestConsoleTests
{
    private readonly GuestConsole _console = new();

    [Fact]
    public void Output_is_kept_from_its_first_byte_and_replayed_on_attach()
    {
        Write("hello");
        Assert.Equal(0, _console.Unseen);
        _console.Attach();
        Assert.Equal("hello", Show());
        _console.Detach();
        Write(" again");
        _console.Attach();
        Assert.Equal("hello again", Show());
    }

    [Fact]
    public void Without_an_onlooker_the_oldest_bytes_go_and_are_counted()
    {
        for (int i = 0; i < GuestConsole.OutputCapacity + 10; i++)
        {
            Assert.True(_console.Sink.TryWrite((byte)(i % 251)));
        }

        Assert.Equal(10UL, _console.Dropped);
        _console.Attach();
        Assert.Equal(GuestConsole.OutputCapacity, _console.Unseen);
        byte[] one = new byte[1];
        Assert.Equal(1, _console.Show(one));
        Assert.Equal(10, one[0]);
    }

    [Fact]
    public void Any_number_of_readers_read_from_where_they_are_and_no_guest_waits_for_them()
    {
        Random random = new(7);
        ulong[] positions = [0, 0, 0];
        byte[] bytes = new byte[1000];
        ulong written = 0;
        for (int round = 0; round < 3000; round++)
        {
            for (int i = random.Next(400); i > 0; i--, written++)
            {
                Assert.True(_console.Sink.TryWrite((byte)(written % 251)));
            }

            int reader = random.Next(round % 100 == 0 ? 3 : 2); // the third one is seldom there
            ulong before = positions[reader];
            int count = _console.Read(ref positions[reader], bytes.AsSpan(0, random.Next(bytes.Length)));
            Assert.Equal(Math.Max(before, _console.Dropped) + (ulong)count, positions[reader]);
            Assert.True(positions[reader] <= _console.Written);
            for (int i = 0; i < count; i++)
            {
                Assert.Equal((byte)((positions[reader] - (ulong)(count - i)) % 251), bytes[i]);
            }
        }

        ulong past = _console.Written + 5;
        Assert.Equal(0, _console.Read(ref past, bytes));
        Assert.Equal(written, _console.Written);
    }

    [Fact]
    public void With_an_onlooker_the_guest_waits_and_nothing_is_lost()
    {
        _console.Attach();
        for (int i = 0; i < GuestConsole.OutputCapacity; i++)
        {
            Assert.True(_console.Sink.TryWrite(1));
        }

        Assert.False(_console.Sink.CanWrite);
        Assert.False(_console.Sink.TryWrite(2));
        _console.NeedsService = false;
        Assert.Equal(1, _console.Show(new byte[1]));
        Assert.True(_console.NeedsService);
        Assert.True(_console.Sink.TryWrite(2));
    }

    [Fact]
    public void Leaving_lets_a_waiting_guest_go_on()
    {
        _console.Attach();
        while (_console.Sink.TryWrite(1))
        {
        }

        _console.NeedsService = false;
        _console.Detach();
        Assert.True(_console.Sink.CanWrite);
        Assert.True(_console.NeedsService);
    }

    [Fact]
    public void Input_never_drops_it_refuses()
    {
        for (int i = 0; i < GuestConsole.InputCapacity; i++)
        {
            Assert.True(_console.TryType((byte)i));
        }

        Assert.False(_console.TryType(1));
        for (int i = 0; i < GuestConsole.InputCapacity; i++)
        {
            Assert.True(_console.Source.TryRead(out byte value));
            Assert.Equal((byte)i, value);
        }

        Assert.False(_console.Source.TryRead(out _));
        Assert.True(_console.TryType(9));
    }

    [Fact]
    public void Reset_forgets_everything()
    {
        Write("x");
        _console.TryType(1);
        _console.Attach();
        _console.Reset();
        Assert.False(_console.IsAttached);
        Assert.False(_console.Source.CanRead);
        _console.Attach();
        Assert.Equal("", Show());
    }

    private void Write(string text)
    {
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            Assert.True(_console.Sink.TryWrite(value));
        }
    }

    private string Show()
    {
        byte[] bytes = new byte[100];
        return Encoding.UTF8.GetString(bytes, 0, _console.Show(bytes));
    }
}
