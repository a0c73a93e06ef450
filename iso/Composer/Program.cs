using System;
using System.Collections.Generic;
using System.IO;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;

namespace Multicosm.Composer;

/// <summary>The command <c>mkiso</c>.</summary>
public static class Program
{
    private const string Usage = "usage: ./mkiso -o OUT.iso [--no-start] [--append \"OPTIONS\"] [--kernel FILE] DOMAIN.cfg...";

    /// <summary>Exit codes: 0 made, 1 not made, 2 wrong usage.</summary>
    public static int Main(string[] arguments)
    {
        try
        {
            ComposeRequest? request = ReadArguments(arguments);
            if (request == null)
            {
                Console.Out.WriteLine(Usage);
                return ExitCode.Success;
            }

            foreach (string warning in IsoComposer.Compose(request))
            {
                Console.Error.WriteLine(warning);
            }

            Console.Out.WriteLine($"{request.Output}: {new FileInfo(request.Output).Length} bytes, {request.DomainFiles.Count} domain(s)");
            return ExitCode.Success;
        }
        catch (HostException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return exception.ExitCode;
        }
    }

    private static ComposeRequest? ReadArguments(string[] arguments)
    {
        ArgumentReader reader = new(arguments);
        List<string> files = [];
        string? output = null;
        string kernel = Repository.Kernel;
        List<string> options = [];
        bool start = true;
        while (reader.Next())
        {
            switch (reader.Current)
            {
                case "-o" or "--output":
                    output = reader.Value();
                    break;
                case "--no-start":
                    start = false;
                    break;
                case "--append":
                    options.Add(reader.Value());
                    break;
                case "--kernel":
                    kernel = reader.Value();
                    break;
                case "-h" or "--help":
                    return null;
                case string unknown when reader.IsOption:
                    throw new HostException(ExitCode.Usage, $"unknown option {unknown}\n{Usage}");
                default:
                    files.Add(reader.Current);
                    break;
            }
        }

        if (output == null || files.Count == 0)
        {
            throw new HostException(ExitCode.Usage, (output == null ? "-o OUT.iso is missing\n" : "no domain file is given\n") + Usage);
        }

        return new ComposeRequest { DomainFiles = files, Output = output, Kernel = kernel, Options = string.Join(' ', options), Start = start };
    }
}
