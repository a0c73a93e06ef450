using System;
using System.IO;
using System.Runtime.InteropServices;
using Multicosm.Control.Commands;
using Multicosm.Hosting;

namespace Multicosm.Control;

/// <summary>The command <c>mc</c>: drives a running hypervisor over its serial line.</summary>
public static class Program
{
    /// <summary>Exit codes: see <see cref="ControlOptions.Usage"/>.</summary>
    public static int Main(string[] arguments) => Run(arguments, new ControlConsole(), SerialLines.Open);

    /// <summary>Runs mc with what stands in for the PC around it.</summary>
    internal static int Run(string[] arguments, ControlConsole console, Func<ControlOptions, Stream> open)
    {
        try
        {
            ControlOptions options = ControlOptions.Read(arguments);
            if (options.Help)
            {
                console.WriteLine(ControlOptions.Usage);
                return ControlExit.Success;
            }

            return Run(options, console, open);
        }
        catch (HostException exception)
        {
            console.Errors.WriteLine("mc: " + exception.Message);
            return exception.ExitCode;
        }
    }

    private static int Run(ControlOptions options, ControlConsole console, Func<ControlOptions, Stream> open)
    {
        ControlCommand command = CommandTable.Find(options);
        using ManagerLink link = ManagerLink.Open(open(options), options.ConnectTimeout, console.Errors);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, link);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, link);
        try
        {
            link.LimitTo(options.Timeout);
            return command.Run(link, console);
        }
        finally
        {
            link.Leave();
        }
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, ManagerLink link) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        link.Interrupt();
    });
}
