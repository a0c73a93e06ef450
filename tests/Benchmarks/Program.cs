using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting;

namespace Multicosm.Benchmarks;

/// <summary><c>./test bench [--json FILE]</c>: our figures beside the bare machine's and the peers', and whether the goals are reached.</summary>
public static class Program
{
    /// <summary>0 if every goal is reached, 1 if one is missed, 2 for wrong usage, 3 if something could not be measured.</summary>
    public static int Main(string[] arguments)
    {
        try
        {
            string? json = ReadArguments(arguments);
            Report report = new([.. Measure().Select(Peers.Beside)]);
            Console.Out.Write(report.ToTable());
            if (json != null)
            {
                File.WriteAllText(json, report.ToJson());
            }

            return report.Ok ? ExitCode.Success : ExitCode.Failure;
        }
        catch (HostException exception)
        {
            Console.Error.WriteLine("bench: " + exception.Message);
            return exception.ExitCode == ExitCode.Usage ? ExitCode.Usage : ExitCode.Died;
        }
        catch (Exception exception) when (exception is ExpectationException or InvalidOperationException or FormatException or IOException)
        {
            Console.Error.WriteLine("bench: could not measure: " + exception.Message);
            return ExitCode.Died;
        }
    }

    private static IEnumerable<Row> Measure() =>
    [
        CpuidExit.Measure(),
        .. ExitCosts.Measure(),
        DebianBoot.Measure(),
        HypervisorBoot.Measure(),
        .. Slices.Measure(),
        WakeUp.Measure(),
        .. CreateDomain.Measure(),
        .. LinuxCosts.Measure(),
        .. ParavirtExits.Measure(),
        .. ParavirtCosts.Measure(),
    ];

    // The figures of an earlier run must not be taken for this one's if it fails.
    private static string? ReadArguments(string[] arguments)
    {
        ArgumentReader reader = new(arguments);
        string? json = null;
        while (reader.Next())
        {
            json = reader.Current == "--json" ? reader.Value() : throw new HostException(ExitCode.Usage, $"'{reader.Current}' is unknown; usage: ./test bench [--json FILE]");
        }

        if (json != null)
        {
            try
            {
                bool isNew = !File.Exists(json);
                File.WriteAllText(json, ""); // old figures must not be taken for new ones
                if (isNew)
                {
                    File.Delete(json);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new HostException(ExitCode.Usage, "--json: " + exception.Message);
            }
        }

        return json;
    }
}
