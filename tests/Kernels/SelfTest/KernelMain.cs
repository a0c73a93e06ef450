using System;
using System.Runtime.InteropServices;
using Multicosm.Platform.Boot;

namespace Multicosm.SelfTest;

/// <summary>Checks of the platform on the bare machine: a line for each, the count, and power-off. The option panic=KIND ends it otherwise.</summary>
internal static unsafe class KernelMain
{
    /// <summary>Called once, on the boot stack. Never returns.</summary>
    [UnmanagedCallersOnly(EntryPoint = "kernel_main")]
    public static void Start(uint magic, uint information) => HostMachine.Start(magic, information, &Run);

    private static void Run(HostMachine machine)
    {
        Report report = new(machine.Line);
        if (BootInformation.CommandLine.StartsWith("panic="u8))
        {
            machine.Arena.Seal();
            machine.Line.Flush();
            ReadOnlySpan<byte> kind = BootInformation.CommandLine["panic="u8.Length..];
            int end = kind.IndexOf((byte)' ');
            _ = Panics.First(end < 0 ? kind : kind[..end]); // it returns only for an unknown kind
        }

        ContainmentChecks containment = new(machine, report);
        ProtectionChecks protection = new(machine, report);
        FrameChecks frames = new(machine, report);
        TimeChecks time = new(machine, report);
        PrivilegedChecks privileged = new(machine, report);
        new RuntimeChecks(report).Run();
        new CopyChecks(report).Run();
        machine.Arena.Seal();
        containment.Run();
        protection.Run();
        frames.Run();
        time.Run();
        privileged.Run();
        SerialChecks.Run(machine, report);
        report.Finish();
        machine.Line.Flush();
        machine.Power.PowerOff();
    }
}
