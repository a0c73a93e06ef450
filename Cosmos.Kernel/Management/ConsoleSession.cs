using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>The operator looks at a domain's console: its bytes go out as they are, typed bytes go in, Ctrl-] leaves.</summary>
public sealed class ConsoleSession(HostTerminal terminal, InputQueue input, Notices notices, MonotonicClock clock)
{
    private const byte LeaveKey = 0x1D; // Ctrl-]
    private const int BytesPerPoll = 1024;
    private const int SkippedPerPoll = 4096;

    private Domain? _domain;
    private uint _generation;
    private ulong _lastTakenTicks;
    private ulong _lost;

    /// <summary>True if the guest takes another typed byte.</summary>
    public bool CanTakeInput => _domain is not null && _domain.Console.CanType;

    /// <summary>Starts to look at <paramref name="domain"/>: everything kept is shown first.</summary>
    public void Attach(Domain domain)
    {
        _domain = domain;
        _generation = domain.Generation;
        _lastTakenTicks = clock.Now;
        _lost = 0;
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
            _ = notices.TryFlush(terminal); // IsUrgent tells whether more of it waits
        }

        if (drained && !notices.IsUrgent && HasEnded(domain))
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
            int room = Math.Min(terminal.PacedRoom, bytes.Length);
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
            OnTaken();
        }

        return true;
    }

    private void OnTaken()
    {
        _lastTakenTicks = clock.Now;
        if (_lost > 0)
        {
            TellLost(_lost);
            _lost = 0;
        }
    }

    /// <summary>The guest takes no more: if Ctrl-] waits behind text that it will not take, the operator must still get out.</summary>
    private bool LeavesBehindText(Domain domain)
    {
        int ahead = input.IndexOf(LeaveKey);
        if (ahead >= 0)
        {
            input.Drop(ahead + 1);
        }
        else if (FindsLeaveKeyBehindQueue())
        {
            ahead = input.Count;
            input.Drop(ahead);
        }
        else
        {
            return false;
        }

        TellLost((ulong)ahead + _lost);
        Leave(domain);
        return true;
    }

    /// <summary>
    /// Looks for Ctrl-] in what does not fit into the queue. Given up for it: to a guest that has taken nothing for a second while all
    /// buffers are full, what is typed further is lost, and said to be lost once the guest reads again or the operator leaves. What is in
    /// the queue stays, in order. Without this, the line's driver would fill up as well, and Ctrl-] would be what is lost.
    /// </summary>
    private bool FindsLeaveKeyBehindQueue()
    {
        if (input.Count < InputQueue.Capacity || clock.Now - _lastTakenTicks < clock.TicksPerSecond)
        {
            return false;
        }

        bool found = input.SkipTo(LeaveKey, SkippedPerPoll, out int forgotten);
        _lost += (ulong)forgotten;
        return found;
    }

    private void TellLost(ulong count)
    {
        terminal.BeginLine();
        terminal.Write("["u8);
        terminal.WriteNumber(count);
        terminal.Write(" typed bytes are dropped: the guest does not read its console]\n"u8);
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
