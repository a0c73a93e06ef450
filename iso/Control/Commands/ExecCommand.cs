using System;
using System.Security.Cryptography;
using System.Text;
using Multicosm.Hosting;

namespace Multicosm.Control.Commands;

/// <summary>Runs a command in the shell at a domain's console, between two marks that the shell prints.</summary>
internal sealed class ExecCommand(string name, string command) : ControlCommand
{
    private const int MostTyped = 1000; // a shell's line editor takes little more
    private const int PollMilliseconds = 200;

    /// <summary>How long the shell may take to read the command and begin.</summary>
    public int StartMilliseconds { get; init; } = 30_000;

    /// <inheritdoc/>
    public override int Run(ManagerLink link, ControlConsole console)
    {
        string mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        byte[] line = Line(command, mark);
        DomainFollower domain = DomainFollower.Find(link, name);
        if (domain.HasEnded || domain.State is "paused" or "building")
        {
            throw new HostException(ControlExit.Refused, $"{domain.Name} is {domain.State}: there is no shell to run it");
        }

        ExecOutput result = new(mark, console.Output);
        ConsoleFollower follower = new(link, domain, "end", result.Add);
        long start = Environment.TickCount64;
        Type(link, follower, line, start);
        while (result.Status == null)
        {
            if (!follower.Wait(PollMilliseconds) && result.Status == null)
            {
                throw new HostException(ControlExit.Refused, $"{domain.Name} ended before the command did: {domain.Reason}");
            }

            if (!result.HasBegun)
            {
                CheckTime(domain, start);
            }
        }

        return result.Status.Value;
    }

    private void CheckTime(DomainFollower domain, long start)
    {
        if (Environment.TickCount64 - start > StartMilliseconds)
        {
            throw new HostException(ControlExit.Timeout, $"the shell of {domain.Name} does not answer within {StartMilliseconds / 1000} s: is there one at its console, and nothing running in it?");
        }
    }

    /// <summary>
    /// What is typed: the marks are put together by the shell, so its echo has none of them. A shell of its own keeps the command's exit,
    /// its syntax errors and what it reads away from the one at the console.
    /// </summary>
    internal static byte[] Line(string command, string mark)
    {
        if (command.Contains('\n', StringComparison.Ordinal) || command.Contains('\r', StringComparison.Ordinal))
        {
            throw CommandTable.Wrong("the command is to be one line");
        }

        string quoted = command.Replace("'", "'\\''", StringComparison.Ordinal);
        string text = $"\u0015printf '%s%s\\n' '{ExecOutput.Begin}' '{mark}'; sh -c '{quoted}' </dev/null; printf '\\n%s%s %s\\n' '{ExecOutput.End}' '{mark}' \"$?\"\r";
        byte[] line = Encoding.UTF8.GetBytes(text);
        return line.Length <= MostTyped ? line : throw CommandTable.Wrong($"the command is too long: it makes {line.Length} bytes to type, expected at most {MostTyped}");
    }

    private void Type(ManagerLink link, ConsoleFollower console, byte[] line, long start)
    {
        while (line.Length > 0)
        {
            Reply reply = link.Type(console.Domain.Name, line[..Math.Min(line.Length, 512)]);
            if (!reply.Ok)
            {
                throw new HostException(ControlExit.Refused, reply.Error);
            }

            line = line[reply.Result.GetProperty("typed").GetInt32()..];
            if (line.Length > 0)
            {
                _ = console.Wait(PollMilliseconds); // an end is seen by who called
                CheckTime(console.Domain, start);
            }
        }
    }
}
