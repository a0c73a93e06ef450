using System;
using System.Collections.Generic;
using System.Globalization;
using Spectre.Console;

namespace Multicosm.Control.Commands;

/// <summary>A live view of the domains; without a terminal, or with a count, that many looks.</summary>
internal sealed class TopCommand(int seconds, int? looks) : ControlCommand
{
    /// <summary>Reads <c>[-d SECONDS] [-n COUNT]</c>.</summary>
    public static TopCommand Read(IReadOnlyList<string> arguments)
    {
        int seconds = 1;
        int? looks = null;
        for (int i = 0; i < arguments.Count; i += 2)
        {
            bool known = arguments[i] is "-d" or "-n" && i + 1 < arguments.Count;
            if (!known || !int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value is < 1 or > 86_400)
            {
                throw CommandTable.Wrong("usage: mc top [-d SECONDS] [-n COUNT], each from 1 to 86400");
            }

            seconds = arguments[i] == "-d" ? value : seconds;
            looks = arguments[i] == "-n" ? value : looks;
        }

        return new TopCommand(seconds, looks);
    }

    /// <inheritdoc/>
    public override int Run(ManagerLink link, ControlConsole console)
    {
        bool isLive = console.HasTerminal;
        int left = looks ?? (isLive ? int.MaxValue : 1);
        TopSample before = TopSample.Take(link);
        if (!isLive)
        {
            for (; left > 0 && Pause(link, false); left--)
            {
                TopSample now = TopSample.Take(link);
                console.Write(TopView.Plain(before, now));
                before = now;
            }

            return ControlExit.Success;
        }

        AnsiConsole.Live(TopView.Draw(before, before)).AutoClear(true).Start(live =>
        {
            for (; left > 0 && Pause(link, true); left--)
            {
                TopSample now = TopSample.Take(link);
                live.UpdateTarget(TopView.Draw(before, now));
                live.Refresh();
                before = now;
            }
        });
        return ControlExit.Success;
    }

    /// <summary>Waits for the next look; false if q was pressed.</summary>
    private bool Pause(ManagerLink link, bool hasKeys)
    {
        for (long end = Environment.TickCount64 + (seconds * 1000L); Environment.TickCount64 < end;)
        {
            link.Wait((int)Math.Clamp(end - Environment.TickCount64, 1, 100));
            if (hasKeys && Console.KeyAvailable && Console.ReadKey(true).KeyChar is 'q' or 'Q' or '\u001D')
            {
                return false;
            }
        }

        return true;
    }
}
