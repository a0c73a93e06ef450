using System.Collections.Generic;
using System.Globalization;
using Multicosm.Hosting;

namespace Multicosm.Control;

/// <summary>What the command line of mc asks for. Its own options may stand anywhere before "--"; all other words are the verb's.</summary>
internal sealed class ControlOptions
{
    /// <summary>The text of <c>mc --help</c>.</summary>
    public const string Usage = """
        usage: ./mc [--connect HOST:PORT | --device FILE] [--json] [--timeout SECONDS] VERB [ARGUMENT]...

        verbs of mc itself:
          console NAME                  a domain's console; Ctrl-] leaves. Without a terminal, standard input is typed
          exec NAME -- COMMAND...       runs COMMAND in the shell at the domain's console; prints its output, ends with its status
          log [-f] [NAME]               what a domain printed, or the hypervisor's log; -f follows
          top [-d SECONDS] [-n COUNT]   CPU, exits and memory of the domains; q leaves. Without a terminal, one look
          wait NAME [STATE]             until the domain is in this state (running, paused, shutdown, crashed, ended; ended unless given)
        all others are the manager's: list, create FILE [KEY=VALUE]..., destroy NAME, info [NAME], ...; "mc help" shows them

          --connect HOST:PORT           the line behind "./run --listen PORT" (localhost:4555)
          --device FILE                 the line on a serial device, as /dev/ttyUSB0: 115200 baud, 8N1
          --json                        prints the manager's reply as it came, a line of JSON
          --timeout SECONDS             gives up after this time
          --connect-timeout SECONDS     how long to wait for the manager's first answer (30)

        exit codes: 0 done, 1 the manager refused, 2 wrong usage, 3 no connection, 4 the time is over; of exec, the command's own
        """;

    private const int MaximumSeconds = 1_000_000;

    private readonly List<string> _words = [];

    /// <summary>The host to connect to.</summary>
    public string Host { get; private set; } = "localhost";

    /// <summary>Its TCP port.</summary>
    public int Port { get; private set; } = 4555;

    /// <summary>The serial device to use instead; null for none.</summary>
    public string? Device { get; private set; }

    /// <summary>True if replies are printed as they come.</summary>
    public bool Json { get; private set; }

    /// <summary>True if only the usage is asked for.</summary>
    public bool Help { get; private set; }

    /// <summary>Seconds for all of it; null for no limit.</summary>
    public int? Timeout { get; private set; }

    /// <summary>Seconds for the manager's first answer.</summary>
    public int ConnectTimeout { get; private set; } = 30;

    /// <summary>The verb.</summary>
    public string Verb => _words[0];

    /// <summary>Its arguments, without those behind "--".</summary>
    public IReadOnlyList<string> Arguments => _words[1..];

    /// <summary>What stands behind "--"; null if there was none.</summary>
    public IReadOnlyList<string>? Rest { get; private set; }

    /// <summary>Reads a command line. A <see cref="HostException"/> says what is wrong.</summary>
    public static ControlOptions Read(IReadOnlyList<string> arguments)
    {
        ControlOptions options = new();
        int next = 0;
        while (next < arguments.Count)
        {
            string word = arguments[next++];
            if (word == "--")
            {
                options.Rest = [.. System.Linq.Enumerable.Skip(arguments, next)];
                break;
            }

            options.Take(word, arguments, ref next);
        }

        if (!options.Help && options._words.Count == 0)
        {
            throw new HostException(ControlExit.Usage, "a verb is missing\n" + Usage);
        }

        return options;
    }

    private void Take(string word, IReadOnlyList<string> arguments, ref int next)
    {
        int equals = word.StartsWith("--", System.StringComparison.Ordinal) ? word.IndexOf('=') : -1;
        string name = equals < 0 ? word : word[..equals];
        string? attached = equals < 0 ? null : word[(equals + 1)..];
        switch (name)
        {
            case "--json" when attached == null:
                Json = true;
                break;
            case "--help" or "-h" when attached == null && _words.Count == 0:
                Help = true;
                break;
            case "--connect":
                TakeAddress(attached ?? Value(name, arguments, ref next));
                break;
            case "--device":
                Device = attached ?? Value(name, arguments, ref next);
                break;
            case "--timeout":
                Timeout = Seconds(name, attached ?? Value(name, arguments, ref next));
                break;
            case "--connect-timeout":
                ConnectTimeout = Seconds(name, attached ?? Value(name, arguments, ref next));
                break;
            case var option when option.StartsWith("--", System.StringComparison.Ordinal):
                throw new HostException(ControlExit.Usage, $"unknown option {option}; \"mc --help\" shows those there are");
            default:
                _words.Add(word);
                break;
        }
    }

    private void TakeAddress(string address)
    {
        int colon = address.LastIndexOf(':');
        string port = colon < 0 ? "" : address[(colon + 1)..];
        if (colon <= 0 || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > 65535)
        {
            throw new HostException(ControlExit.Usage, $"--connect wants HOST:PORT, not '{address}'");
        }

        Host = address[..colon].Trim('[', ']');
        Port = number;
    }

    private static string Value(string name, IReadOnlyList<string> arguments, ref int next)
        => next < arguments.Count ? arguments[next++] : throw new HostException(ControlExit.Usage, name + " wants a value");

    private static int Seconds(string name, string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is >= 1 and <= MaximumSeconds
            ? seconds
            : throw new HostException(ControlExit.Usage, $"{name} wants a number of seconds from 1 to {MaximumSeconds}, not '{text}'");
}
