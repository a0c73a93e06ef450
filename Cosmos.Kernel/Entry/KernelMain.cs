using System.Runtime.InteropServices;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx;

namespace Multicosm.Entry;

/// <summary>Where start.asm calls C#: brings the machine up and wires the kernel's parts.</summary>
internal static unsafe class KernelMain
{
    /// <summary>Called once, on the boot stack. Never returns.</summary>
    [UnmanagedCallersOnly(EntryPoint = "kernel_main")]
    public static void Start(uint magic, uint information) => HostMachine.Start(magic, information, &Run);

    // On the host's own stack and page tables, with an open arena.
    private static void Run(HostMachine machine)
    {
        HypervisorOptions options = HypervisorOptions.Parse(BootInformation.CommandLine, machine.Log);
        HostCpuid cpuid = new();
        VmxBackend backend = new(machine.Frames, machine.Interrupts);
        BackendStatus status = backend.StartProcessor();
        machine.Log.Write("VT-x: "u8);
        machine.Log.WriteLine(status == BackendStatus.Success ? "usable"u8 : backend.UnusableReason);
        HostServices services = new()
        {
            Backend = backend,
            Clock = machine.Clock,
            WallClock = machine.WallClock,
            Frames = machine.Frames,
            Containment = machine.Containment,
            Processor = machine.Processor,
            Window = machine.Arena,
            Cpuid = cpuid,
            Log = machine.Log,
            Modules = machine.Modules,
        };
        DomainManager manager = new(services);
        Shell shell = new(services, manager, machine.Line, new HostDescription(cpuid), machine.Power);
        Scheduler scheduler = new(services, manager, shell);
        machine.Arena.Seal();
        shell.Start(options.Autostart);
        scheduler.RunForever();
    }
}
