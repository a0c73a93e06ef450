using System;
using System.Runtime.InteropServices;
using Multicosm.Control.Commands;
using Multicosm.Hosting;

namespace Multicosm.Control;

/// <summary>The command <c>mc</c>: drives a running hypervisor over its serial line.</summary>
public static class Program
{
    /// <summary>Exit codes: see <see cref="ControlOptions.Usage"/>.</summary>
    public static int Main(string[] arguments)
    {
        try
        {
            ControlOptions options = ControlOptions.Read(arguments);
            if (options.Help)
            {
                Console.Out.WriteLine(ControlOptions.Usage);
                return ControlExit.Success;
            }

            return Run(options);
        }
        catch (HostException exception)
        {
            Console.Error.WriteLine("mc: " + exception.Message);
            return exception.ExitCode;
        }
    }

    private static int Run(ControlOptions options)
    {
        ControlCommand command = CommandTable.Find(options);
        using ManagerLink link = ManagerLink.Open(SerialLines.Open(options), options.ConnectTimeout);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, link);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, link);
        try
        {
            link.LimitTo(options.Timeout);
            return command.Run(link);
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
