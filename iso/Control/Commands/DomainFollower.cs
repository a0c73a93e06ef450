using System;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Multicosm.Hosting;

namespace Multicosm.Control.Commands;

/// <summary>Knows the state of one domain, from a list and then from events. Events may be lost: now and then it is listed again.</summary>
internal sealed class DomainFollower
{
    /// <summary>Giving memory back takes seconds; a domain that could not stays so for ever.</summary>
    public const int UsualDyingMilliseconds = 60_000;

    // One that stays as it ended takes no further step; one that goes away takes the next at once.
    private const long PreservedMilliseconds = 2000;
    private const long ListMilliseconds = 3000;

    private ulong _id;
    private long _since = Environment.TickCount64;
    private long _listed = Environment.TickCount64;
    private bool _isBehind;

    private DomainFollower(JsonElement row)
    {
        Name = NameOf(row);
        State = "";
        Reason = "";
        Take(row);
    }

    /// <summary>The domain's name.</summary>
    public string Name { get; private set; }

    /// <summary>Its state, as the manager calls it.</summary>
    public string State { get; private set; }

    /// <summary>Why; empty while all is well.</summary>
    public string Reason { get; private set; }

    /// <summary>How long it may be dying before that counts as its end.</summary>
    public int DyingMilliseconds { get; set; } = UsualDyingMilliseconds;

    /// <summary>True if it is over: nothing owned any more, preserved as it ended, or stuck on the way.</summary>
    public bool HasEnded => State switch
    {
        "ended" => true,
        "crashed" or "shutdown" => Environment.TickCount64 - _since > PreservedMilliseconds,
        "dying" => Environment.TickCount64 - _since > DyingMilliseconds,
        _ => false,
    };

    /// <summary>Finds a domain by name or number; a living one before those that ended.</summary>
    public static DomainFollower Find(ManagerLink link, string word)
    {
        JsonElement[] rows = [.. link.Demand("list").Result.EnumerateArray().Where(row => NameOf(row) == word || row.GetProperty("id").GetRawText() == word)];
        return rows.Length == 0
            ? throw new HostException(ControlExit.Refused, $"there is no domain \"{word}\"; \"mc list\" shows those there are")
            : new DomainFollower(rows[^1]);
    }

    /// <summary>True if an event is about this domain: a restart changes its number, the operator its name.</summary>
    public bool IsMeant(ManagerEvent happened) => happened.Domain == Name || (happened.Id == _id && _id != 0);

    /// <summary>Takes an event; those of others do nothing.</summary>
    public void Take(ManagerEvent happened)
    {
        _isBehind |= happened.Kind == "dropped";
        if (happened.Kind == "state" && IsMeant(happened))
        {
            _id = happened.Id;
            Name = happened.Domain;
            Enter(happened.State, happened.Reason);
        }
    }

    /// <summary>Lists the domain again if events were lost, or some seconds after the last time. One that is not there has ended and was forgotten.</summary>
    public void Refresh(ManagerLink link)
    {
        if (!_isBehind && Environment.TickCount64 - _listed < ListMilliseconds)
        {
            return;
        }

        _isBehind = false;
        Reply reply = link.Request("list", _id.ToString(CultureInfo.InvariantCulture));
        reply = reply.Ok ? reply : link.Request("list", Name); // it was started again
        _listed = Environment.TickCount64;
        JsonElement row = reply.Ok ? reply.Result.EnumerateArray().LastOrDefault() : default;
        if (row.ValueKind == JsonValueKind.Object)
        {
            Take(row);
        }
        else
        {
            Enter("ended", Reason);
        }
    }

    private void Take(JsonElement row)
    {
        _id = row.GetProperty("id").GetUInt64();
        Name = NameOf(row);
        Enter(row.GetProperty("state").GetString()!, LatinText.Decode(row.GetProperty("reason").GetString()!));
    }

    private void Enter(string state, string reason)
    {
        _since = state == State ? _since : Environment.TickCount64;
        State = state;
        Reason = reason;
    }

    private static string NameOf(JsonElement row) => LatinText.Decode(row.GetProperty("name").GetString()!);
}
