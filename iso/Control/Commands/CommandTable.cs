using System.Collections.Generic;
using Multicosm.Hosting;

namespace Multicosm.Control.Commands;

/// <summary>Which command the command line means.</summary>
internal static class CommandTable
{
    /// <summary>The command; a <see cref="HostException"/> says what is wrong with its arguments.</summary>
    public static ControlCommand Find(ControlOptions options)
    {
        IReadOnlyList<string> arguments = options.Arguments;
        if (options.Verb != "exec" && options.Rest != null)
        {
            throw Wrong("\"--\" is for exec: mc exec NAME -- COMMAND...");
        }

        switch (options.Verb)
        {
            case "console":
                return new ConsoleCommand(Single(arguments, "console NAME"));
            case "exec":
                return new ExecCommand(Single(arguments, "exec NAME -- COMMAND..."), options.Rest is { Count: > 0 } words ? string.Join(' ', words) : throw Wrong("usage: mc exec NAME -- COMMAND..."));
            case "log":
                return LogCommand.Read(arguments, options.Json);
            case "top":
                return TopCommand.Read(arguments);
            case "wait":
                return WaitCommand.Read(arguments, options.Json);
            case "json" or "text" or "hello" or "attach" or "detach":
                throw Wrong($"mc sends {options.Verb} by itself where it is needed");
            default:
                return new PassCommand(options.Verb, arguments, options.Json);
        }
    }

    /// <summary>A wrong command line.</summary>
    public static HostException Wrong(string message) => new(ControlExit.Usage, message);

    private static string Single(IReadOnlyList<string> arguments, string usage) => arguments.Count == 1 ? arguments[0] : throw Wrong("usage: mc " + usage);
}
