using System;
using System.Globalization;
using System.Text.Json;

namespace Multicosm.Control.Commands;

/// <summary>Gets what a domain's console prints, each byte once and in order, until the domain has ended.</summary>
internal sealed class ConsoleFollower
{
    private const int DrainMilliseconds = 5000;

    private readonly ManagerLink _link;
    private readonly Action<byte[]> _print;
    private readonly Action<ManagerEvent> _others;
    private ulong _position;

    /// <summary>Attaches to <paramref name="domain"/>'s console at <paramref name="from"/>, a position or "end"; <paramref name="print"/> gets its bytes.</summary>
    public ConsoleFollower(ManagerLink link, DomainFollower domain, string from, Action<byte[]> print)
    {
        _link = link;
        _print = print;
        _others = link.OnEvent;
        Domain = domain;
        link.OnEvent = Take;
        JsonElement result = link.Demand("attach", domain.Name, from).Result;
        ulong first = result.GetProperty("from").GetUInt64();
        Missing = ulong.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out ulong asked) && first > asked ? first - asked : 0;
        _position = Math.Max(_position, first);
    }

    /// <summary>The domain.</summary>
    public DomainFollower Domain { get; }

    /// <summary>Bytes before the first one that are no longer kept.</summary>
    public ulong Missing { get; }

    /// <summary>Waits for something to happen, at most this long; false when the domain has ended and all that it printed was printed.</summary>
    public bool Wait(int milliseconds)
    {
        if (!Domain.HasEnded)
        {
            _link.Wait(milliseconds);
            Domain.Refresh(_link);
            return true;
        }

        Drain();
        return false;
    }

    // States are told before what the console still holds.
    private void Drain()
    {
        Reply reply = _link.Request("log", Domain.Name, ulong.MaxValue.ToString(CultureInfo.InvariantCulture));
        ulong end = reply.Ok ? reply.Result.GetProperty("end").GetUInt64() : 0; // refused: the domain was forgotten meanwhile
        for (long limit = Environment.TickCount64 + DrainMilliseconds; _position < end && Environment.TickCount64 < limit;)
        {
            ulong before = _position;
            _link.Wait(DrainMilliseconds);
            limit = _position > before ? Environment.TickCount64 + DrainMilliseconds : limit;
        }
    }

    private void Take(ManagerEvent happened)
    {
        if (happened.Kind == "console" && Domain.IsMeant(happened))
        {
            byte[] data = happened.Data;
            _print(data);
            _position = happened.Position + (ulong)data.Length;
            return;
        }

        Domain.Take(happened);
        if (happened.Kind != "console")
        {
            _others(happened);
        }
    }
}
