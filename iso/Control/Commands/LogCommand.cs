using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace Multicosm.Control.Commands;

/// <summary>What a domain printed, or the hypervisor's log; then, if asked to, what comes further.</summary>
internal sealed class LogCommand(string? name, bool follows, bool json) : ControlCommand
{
    private const int PollMilliseconds = 1000;

    private ulong _position;

    /// <summary>Reads <c>[-f] [NAME]</c>.</summary>
    public static LogCommand Read(IReadOnlyList<string> arguments, bool json)
    {
        string[] names = [.. arguments.Where(word => word != "-f")];
        return names.Length <= 1 && !names.Any(word => word.StartsWith('-')) && arguments.Count - names.Length <= 1
            ? new LogCommand(names.FirstOrDefault(), arguments.Count > names.Length, json)
            : throw CommandTable.Wrong("usage: mc log [-f] [NAME]");
    }

    /// <inheritdoc/>
    public override int Run(ManagerLink link, ControlConsole console)
    {
        PrintKept(link, console);
        if (follows && name != null)
        {
            ConsoleFollower follower = new(link, DomainFollower.Find(link, name), Text(_position), bytes => console.Output.Write(bytes));
            while (follower.Wait(PollMilliseconds))
            {
            }

            console.Errors.WriteLine($"[{follower.Domain.Name} ended: {follower.Domain.Reason}]");
        }

        while (follows && name == null)
        {
            link.Wait(PollMilliseconds);
            PrintKept(link, console);
        }

        return ControlExit.Success;
    }

    private void PrintKept(ManagerLink link, ControlConsole console)
    {
        ulong end;
        do
        {
            Reply reply = link.Demand("log", name ?? "", Text(_position));
            JsonElement piece = reply.Result;
            ulong from = piece.GetProperty("from").GetUInt64();
            end = piece.GetProperty("end").GetUInt64();
            if (from > _position)
            {
                console.Errors.WriteLine($"[{from - _position} older bytes are gone]");
            }

            _position = piece.GetProperty("to").GetUInt64();
            if (json)
            {
                console.WriteLine(reply.Line);
            }
            else
            {
                console.Output.Write(LatinText.Bytes(piece.GetProperty("data").GetString()!));
            }
        }
        while (_position < end);
    }

    private static string Text(ulong position) => position.ToString(CultureInfo.InvariantCulture);
}
