using System;
using System.Collections.Generic;
using System.Text.Json;
using Multicosm.Hosting;

namespace Multicosm.Control.Commands;

/// <summary>Waits until a domain is in a state, or cannot come into it any more.</summary>
internal sealed class WaitCommand(string name, string state, bool json) : ControlCommand
{
    private const int PollMilliseconds = 500;

    private static readonly string[] s_states = ["building", "running", "paused", "shutdown", "crashed", "dying", "ended"];

    /// <summary>How long a domain may be dying before it counts as one that will never have ended.</summary>
    public int DyingMilliseconds { get; init; } = DomainFollower.UsualDyingMilliseconds;

    /// <summary>Reads <c>NAME [STATE]</c>.</summary>
    public static WaitCommand Read(IReadOnlyList<string> arguments, bool json)
    {
        if (arguments.Count is < 1 or > 2)
        {
            throw CommandTable.Wrong("usage: mc wait NAME [STATE] [--timeout SECONDS]");
        }

        string state = arguments.Count == 2 ? arguments[1] : "ended";
        return Array.IndexOf(s_states, state) >= 0
            ? new WaitCommand(arguments[0], state, json)
            : throw CommandTable.Wrong($"there is no state '{state}' to wait for, expected one of {string.Join(", ", s_states)}");
    }

    /// <inheritdoc/>
    public override int Run(ManagerLink link, ControlConsole console)
    {
        DomainFollower domain = DomainFollower.Find(link, name);
        domain.DyingMilliseconds = DyingMilliseconds;
        bool passed = IsMet(domain.State);
        link.OnEvent = happened =>
        {
            domain.Take(happened);
            passed |= IsMet(domain.State);
        };
        while (!passed && !domain.HasEnded)
        {
            link.Wait(PollMilliseconds);
            domain.Refresh(link);
            passed |= IsMet(domain.State);
        }

        if (!passed && (state != "ended" || domain.State == "dying"))
        {
            throw new HostException(ControlExit.Refused, $"{domain.Name} will not be {state}: it is {domain.State} ({domain.Reason})");
        }

        console.WriteLine(json ? JsonSerializer.Serialize(new { domain = domain.Name, state = domain.State, reason = domain.Reason }) : $"{domain.Name} {domain.State}{(domain.Reason.Length == 0 ? "" : $" ({domain.Reason})")}");
        return ControlExit.Success;
    }

    // A domain that waits for an interrupt runs, as far as anybody waits for it.
    private bool IsMet(string now) => now == state || (state == "running" && now == "blocked");
}
