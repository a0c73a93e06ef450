using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol;

/// <summary>Sends what attached consoles print, a piece of each in turn. A guest whose console waits here waits as well: nothing is lost.</summary>
public sealed class ConsoleEvents(HostTerminal terminal, DomainTable domains, JsonWriter writer)
{
    private const int BytesPerEvent = 512;
    private const int EventRoom = (BytesPerEvent * JsonEscape.WorstExpansion) + 1024; // names are short
    private const int MostQueued = 2048; // so that a reply is on its way soon: 180 ms at 115200 baud

    private int _next;

    /// <summary>True if an attached console printed something that was not sent.</summary>
    public bool HasWork
    {
        get
        {
            bool found = false;
            for (int i = 0; i < domains.Count && !found; i++)
            {
                found = IsDue(domains[i]);
            }

            return found;
        }
    }

    /// <summary>Sends what there is room for; true if more could go at once.</summary>
    public bool Poll()
    {
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[(_next + i) % domains.Count];
            if (!IsDue(domain))
            {
                continue;
            }

            if (terminal.Queued > MostQueued || terminal.Room < EventRoom)
            {
                return false; // the line says when it has sent some
            }

            _next = domain.Slot + 1;
            Send(domain);
            return true;
        }

        return false;
    }

    /// <summary>Nobody looks any more.</summary>
    public void DetachAll()
    {
        for (int i = 0; i < domains.Count; i++)
        {
            if (domains[i].Console.IsAttached)
            {
                domains[i].Console.Detach();
            }
        }
    }

    // A domain that is forgotten takes along what was not sent: its name may be another's by now.
    private static bool IsDue(Domain domain) => domain.State != DomainState.Free && domain.Console.Unseen > 0;

    private void Send(Domain domain)
    {
        Span<byte> bytes = stackalloc byte[BytesPerEvent];
        ulong position = domain.Console.ShownPosition;
        int count = domain.Console.Show(bytes);
        writer.Begin();
        writer.OpenObject();
        writer.Member("event"u8, "console"u8);
        writer.Member("domain"u8, domain.Name);
        writer.Member("id"u8, domain.Id);
        writer.Member("position"u8, position);
        writer.Member("data"u8, bytes[..count]);
        writer.CloseObject();
        writer.Output.Write("\n"u8);
    }
}
