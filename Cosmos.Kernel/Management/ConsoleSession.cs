using System;
using Multicosm.Domains;

namespace Multicosm.Management;

/// <summary>The operator looks at a domain's console: its bytes go out as they are, typed bytes go in, Ctrl-] leaves.</summary>
public sealed class ConsoleSession(HostTerminal terminal, InputQueue input, Notices notices)
{
    private const byte LeaveKey = 0x1D; // Ctrl-]
    private const int BytesPerPoll = 1024;

    private Domain? _domain;
    private uint _generation;

    /// <summary>True if the guest takes another typed byte.</summary>
    public bool CanTakeInput => _domain is not null && _domain.Console.CanType;

    /// <summary>Starts to look at <paramref name="domain"/>: everything kept is shown first.</summary>
    public void Attach(Domain domain)
    {
        _domain = domain;
        _generation = domain.Generation;
        terminal.Write("[console of "u8);
        terminal.Write(domain.Name);
        terminal.Write(": Ctrl-] leaves]\n"u8);
        if (domain.Console.Dropped > 0)
        {
            terminal.Write("["u8);
            terminal.WriteNumber(domain.Console.Dropped);
            terminal.Write(" older bytes are gone]\n"u8);
        }

        domain.Console.Attach();
        notices.Watch(domain);
    }

    /// <summary>Moves bytes both ways; false when the operator left or the domain ended: the prompt comes next.</summary>
    public bool Poll()
    {
        Domain domain = _domain!;
        if (domain.Generation != _generation)
        {
            terminal.BeginLine();
            terminal.Write("[the domain is gone]\n"u8);
            notices.Watch(null);
            return false;
        }

        bool drained = ShowOutput(domain.Console);
        if (drained && notices.IsUrgent)
        {
            terminal.BeginLine();
            notices.Flush(terminal);
        }

        if (drained && HasEnded(domain))
        {
            terminal.BeginLine();
            terminal.Write("["u8);
            terminal.Write(domain.Name);
            terminal.Write(domain.CouldNotStart ? " could not start: "u8 : " ended: "u8);
            terminal.Write(domain.Reason.Text);
            terminal.Write("]\n"u8);
            Detach(domain);
            return false;
        }

        return TakeInput(domain);
    }

    private static bool HasEnded(Domain domain)
        => !domain.IsAlive || (domain.State is DomainState.ShutDown or DomainState.Crashed or DomainState.Dying && domain.IsIdle);

    private bool ShowOutput(GuestConsole console)
    {
        Span<byte> bytes = stackalloc byte[256];
        for (int shown = 0; shown < BytesPerPoll && console.Unseen > 0;)
        {
            int room = Math.Min(terminal.Room, bytes.Length);
            if (room <= 0)
            {
                break;
            }

            int count = console.Show(bytes[..room]);
            terminal.WriteRaw(bytes[..count]);
            shown += count;
        }

        return console.Unseen == 0;
    }

    private bool TakeInput(Domain domain)
    {
        while (input.TryPeek(out byte value))
        {
            if (value == LeaveKey)
            {
                input.Drop(1);
                Leave(domain);
                return false;
            }

            if (!domain.Console.TryType(value))
            {
                return !LeavesBehindText(domain);
            }

            input.Drop(1);
        }

        return true;
    }

    /// <summary>The guest takes no more: if Ctrl-] waits behind text that it will not take, the operator must still get out.</summary>
    private bool LeavesBehindText(Domain domain)
    {
        int ahead = input.IndexOf(LeaveKey);
        if (ahead < 0)
        {
            return false;
        }

        input.Drop(ahead + 1);
        terminal.BeginLine();
        terminal.Write("["u8);
        terminal.WriteNumber((ulong)ahead);
        terminal.Write(" typed bytes are dropped: the guest does not read its console]\n"u8);
        Leave(domain);
        return true;
    }

    private void Leave(Domain domain)
    {
        terminal.BeginLine();
        Detach(domain);
    }

    private void Detach(Domain domain)
    {
        domain.Console.Detach();
        notices.Watch(null);
        _domain = null;
    }
}
