using System;
using System.Linq;
using System.Text.Json;
using Multicosm.Hosting;

namespace Multicosm.Control.Commands;

/// <summary>Knows the state of one domain, from a list and then from events.</summary>
internal sealed class DomainFollower
{
    // One that stays as it ended takes no further step; one that goes away takes the next at once.
    private const long PreservedMilliseconds = 2000;

    private long _since = Environment.TickCount64;

    private DomainFollower(string name, string state, string reason)
    {
        Name = name;
        State = state;
        Reason = reason;
    }

    /// <summary>The domain's name.</summary>
    public string Name { get; }

    /// <summary>Its state, as the manager calls it.</summary>
    public string State { get; private set; }

    /// <summary>Why; empty while all is well.</summary>
    public string Reason { get; private set; }

    /// <summary>The event that told the state; null if the list did.</summary>
    public ManagerEvent? Last { get; private set; }

    /// <summary>True if it is over: nothing owned any more, or preserved as it ended.</summary>
    public bool HasEnded => State == "ended" || (State is "crashed" or "shutdown" && Environment.TickCount64 - _since > PreservedMilliseconds);

    /// <summary>Finds a domain by name or number; a living one before those that ended.</summary>
    public static DomainFollower Find(ManagerLink link, string word)
    {
        JsonElement[] rows = [.. link.Demand("list").Result.EnumerateArray().Where(row => NameOf(row) == word || row.GetProperty("id").GetRawText() == word)];
        return rows.Length == 0
            ? throw new HostException(ControlExit.Refused, $"there is no domain \"{word}\"; \"mc list\" shows those there are")
            : new DomainFollower(NameOf(rows[^1]), rows[^1].GetProperty("state").GetString()!, LatinText.Decode(rows[^1].GetProperty("reason").GetString()!));
    }

    /// <summary>Takes an event; those of others do nothing.</summary>
    public void Take(ManagerEvent happened)
    {
        if (happened.Kind == "state" && happened.Domain == Name)
        {
            State = happened.State;
            Reason = happened.Reason;
            Last = happened;
            _since = Environment.TickCount64;
        }
    }

    private static string NameOf(JsonElement row) => LatinText.Decode(row.GetProperty("name").GetString()!);
}
