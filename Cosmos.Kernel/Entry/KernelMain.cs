using System.Runtime.InteropServices;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Paravirt;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Screen;
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
        HostLog log = machine.Log;
        log.Write("Multicosm "u8);
        log.WriteLine(HostDescription.VersionText);
        HypervisorOptions options = HypervisorOptions.Parse(BootInformation.CommandLine, new OptionProblems(log));
        HostCpuid cpuid = new();
        VmxBackend backend = new(machine.Frames, machine.Interrupts, options.UsesApicv);
        BackendStatus status = options.UsesVtx ? backend.StartProcessor() : backend.SwitchOff("switched off by vtx=off"u8);
        StartTimeline.Mark("VT-x"u8);
        ParavirtBackend paravirt = new(machine.Frames, machine.Tables, machine.Interrupts, machine.Clock, machine.WallClock);
        _ = paravirt.StartProcessor(); // a domain that needs it is told why it is not usable
        StartTimeline.Mark("paravirtual"u8);
        log.At(status == BackendStatus.Success || !options.UsesVtx ? LogLevel.Info : LogLevel.Warning).Write("VT-x: "u8);
        log.WriteLine(status == BackendStatus.Success ? "usable"u8 : backend.UnusableReason);
        HostServices services = new()
        {
            Backend = backend,
            Paravirt = paravirt,
            Clock = machine.Clock,
            WallClock = machine.WallClock,
            Frames = machine.Frames,
            Containment = machine.Containment,
            Processor = machine.Processor,
            Window = machine.Arena,
            Cpuid = cpuid,
            Log = log,
            Modules = machine.Modules,
        };
        DomainManager manager = new(services);
        Shell shell = new(services, manager, machine.Line, new HostDescription(cpuid, machine.Acpi), machine.Power);
        log.Console = shell.Messages;
        Scheduler scheduler = new(services, manager, shell);
        StartTimeline.Mark("manager"u8);
        machine.Arena.Seal();
        shell.Start(options.Autostart);
        HostScreen.IsDeferred = true;
        StartTimeline.Mark("prompt"u8);
        scheduler.RunForever();
    }
}
