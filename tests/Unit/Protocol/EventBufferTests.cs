using System;
using System.Text;
using System.Text.Json;
using Multicosm.Management.Protocol;
using Xunit;

namespace Multicosm.Unit.Protocol;

public sealed class EventBufferTests
{
    private readonly EventBuffer _events = new();

    [Fact]
    public void What_does_not_fit_is_dropped_whole_and_counted_and_the_rest_comes_in_order()
    {
        int fitting = 0;
        for (int i = 0; i < 100; i++)
        {
            _events.Begin("state"u8).Member("number"u8, (ulong)i);
            _events.Writer.Member("text"u8, new byte[100]);
            _events.End();
            fitting += _events.Dropped == 0 ? 1 : 0;
        }

        Assert.InRange(fitting, 20, 60);
        Assert.Equal((ulong)(100 - fitting), _events.Dropped);
        for (int i = 0; i < fitting; i++)
        {
            Assert.Equal(i, JsonDocument.Parse(Encoding.ASCII.GetString(_events.First)).RootElement.GetProperty("number").GetInt32());
            _events.RemoveFirst();
        }

        Assert.True(_events.IsEmpty);
        Assert.True(_events.First.IsEmpty);
        Assert.Equal((ulong)(100 - fitting), _events.TakeDropped());
        Assert.Equal(0u, _events.Dropped);
    }

    [Fact]
    public void An_event_that_does_not_fit_leaves_room_for_a_smaller_one()
    {
        _events.Begin("crash"u8).Member("text"u8, new byte[EventBuffer.CapacityBytes / 6]);
        _events.End();
        Assert.Equal(1u, _events.Dropped);
        _events.Begin("hello"u8);
        _events.End();
        Assert.Equal("{\"event\":\"hello\"}\n", Encoding.ASCII.GetString(_events.First));
    }
}
