using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Platform.Acpi;
using Multicosm.Platform.Containment;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;
using Multicosm.Platform.Runtime;
using Multicosm.Platform.Screen;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Boot;

/// <summary>The bare machine, brought up step by step; afterwards it holds all that the rest of the kernel gets from Platform.</summary>
public sealed unsafe class HostMachine
{
    private const int ArenaStartPages = 2;
    private const int ScratchBytes = 16 * 1024;

    private static HostMachine? s_machine;
    private static delegate*<HostMachine, void> s_continue;
    private static ulong s_arenaPhysical;

    private HostMachine(FrameAllocator frames, PageTables tables, MmioWindow mmio)
    {
        Frames = frames;
        Tables = tables;
        Arena = new Arena(frames, tables, ArenaStartPages);
        Arena.Open();
        StartTimeline.Mark("arena"u8);
        Mmio = mmio;
        Containment = new FaultContainment();
        LogConsole console = new();
        Log = new HostLog(64 * 1024) { Console = console, ConsoleLevel = Options.ConsoleLevel, Screen = new ScreenOutput() };
        ReportBoot();
        Acpi = new AcpiTables(Mmio, Log);
        StartTimeline.Mark("ACPI"u8);
        Power = new HostPower(Acpi);
        PanicScreen.Power = Power;
        Clock = TimeStampClock.Calibrate(Acpi, Log);
        Log.Clock = Clock;
        StartTimeline.Mark("clock"u8);
        WallClock = new RealTimeClock(Clock, Acpi.CenturyRegister);
        StartTimeline.Mark("time of day"u8);
        Line = new SerialLine();
        console.Line = Line;
        Arena.Line = Line;
        Interrupts = new HostInterrupts(Acpi, Mmio, Clock, Line, Log);
        Processor = new HostProcessor(Interrupts, Line, Clock);
        StartTimeline.Mark("interrupts"u8);
        Modules = new BootModule[BootInformation.ModuleCount];
        for (int i = 0; i < Modules.Length; i++)
        {
            Modules[i] = new LoadedModule(i);
        }

        StartTimeline.Mark("modules"u8);
    }

    /// <summary>The options that the hypervisor was started with.</summary>
    public static HypervisorOptions Options { get; private set; }

    /// <summary>All frames of the PC.</summary>
    public FrameAllocator Frames { get; }

    /// <summary>The host's page tables.</summary>
    public PageTables Tables { get; }

    /// <summary>Where C# objects come from; open until Entry seals it.</summary>
    public Arena Arena { get; }

    /// <summary>Device registers of the PC.</summary>
    public MmioWindow Mmio { get; }

    /// <summary>Containment frames.</summary>
    public FaultContainment Containment { get; }

    /// <summary>The host's log.</summary>
    public HostLog Log { get; }

    /// <summary>The firmware's ACPI tables.</summary>
    public AcpiTables Acpi { get; }

    /// <summary>Monotonic time.</summary>
    public TimeStampClock Clock { get; }

    /// <summary>Time of day.</summary>
    public RealTimeClock WallClock { get; }

    /// <summary>The serial line.</summary>
    public SerialLine Line { get; }

    /// <summary>Host interrupts.</summary>
    public HostInterrupts Interrupts { get; }

    /// <summary>This CPU.</summary>
    public HostProcessor Processor { get; }

    /// <summary>Power-off and reset.</summary>
    public HostPower Power { get; }

    /// <summary>What the loader brought, in its order.</summary>
    public BootModule[] Modules { get; }

    /// <summary>
    /// Brings the machine up from the loader's hand-over and calls <paramref name="next"/> on the host's own stack and page tables. Never returns.
    /// </summary>
    public static void Start(uint magic, uint information, delegate*<HostMachine, void> next)
    {
        DescriptorTables.LoadEarly();
        StartTimeline.Mark("hand-over"u8);
        bool hasInformation = magic == BootInformation.Magic && BootInformation.TryRead(DirectMap.Pointer(information), information);
        Options = HypervisorOptions.Parse(BootInformation.CommandLine, null);
        s_isSerialFound = EarlySerial.Start(Options.Serial, out s_triedPort);
        PanicScreen.ResetsAfterwards = Options.ResetsAfterPanic;
        if (!hasInformation)
        {
            PanicScreen.Halt("not started by a multiboot2 loader"u8, magic);
        }

        StartTimeline.Mark("boot information"u8);
        BootScreen.Start();
        StartTimeline.Mark("screen"u8);
        s_arenaPhysical = EarlyMemory.Take((ulong)ArenaStartPages << 21, 2 << 20);
        for (int i = 0; i < ArenaStartPages; i++)
        {
            Arena.Start(s_arenaPhysical + ((ulong)i << 21), i);
        }

        CpuInstructions.ClearMemory((void*)Arena.WindowStart, (ulong)ArenaStartPages << 21);
        Arena.Begin(ArenaStartPages);
        StartScratch();
        RuntimeStart.Initialise();
        StartTimeline.Mark("arena and runtime"u8);
        s_continue = next;
        FrameAllocator frames = HostMemory.BuildAllocator();
        StartTimeline.Mark("frame table"u8);
        PageTables tables = HostMemory.BuildTables(frames, s_arenaPhysical, ArenaStartPages);
        MmioWindow mmio = new(tables);
        byte* screen = BootScreen.Map(mmio);
        HostMemory.AllowWriteCombining();
        CpuInstructions.WriteCr3(tables.Root);
        BootScreen.Move(screen);
        CpuInstructions.WriteCr4(CpuInstructions.ReadCr4() | (1 << 7)); // global pages
        HostMemory.AddHighRam(frames);
        StartTimeline.Mark("page tables"u8);
        DescriptorTables.Load();
        s_frames = frames;
        s_tables = tables;
        s_mmio = mmio;
        CpuInstructions.RunOnStack(KernelStacks.MainStackTop, &Continue);
    }

    private static FrameAllocator? s_frames;
    private static PageTables? s_tables;
    private static MmioWindow? s_mmio;
    private static bool s_isSerialFound;
    private static ushort s_triedPort;

    [UnmanagedCallersOnly]
    private static void Continue()
    {
        s_machine = new HostMachine(s_frames!, s_tables!, s_mmio!);
        s_continue(s_machine);
        PanicScreen.Halt("the host's loop returned"u8, 0);
    }

    private void ReportBoot()
    {
        Log.Write("the prompt is on the serial line: "u8);
        EarlySerial.WriteName(Log);
        Log.WriteLine(", 8N1"u8);
        ReportSerial();
        if (BootInformation.LeftOut != 0)
        {
            Log.At(LogLevel.Warning).Write("memory ranges, modules and screens of the boot loader left out: "u8);
            Log.WriteNumber((ulong)BootInformation.LeftOut);
            Log.WriteLine(""u8);
        }

        if (HostMemory.UnusedRamStart != 0)
        {
            Log.At(LogLevel.Warning).Write("RAM from 0x"u8);
            Log.WriteHex(HostMemory.UnusedRamStart, 8);
            Log.WriteLine(" on is not used: below 4 GiB there is no room for the table of its frames"u8);
        }
    }

    private void ReportSerial()
    {
        if (!s_isSerialFound && s_triedPort == 0)
        {
            Log.At(LogLevel.Error).WriteLine("serial=pci: there is no such card with registers in I/O space; COM1 is used"u8);
        }
        else if (!s_isSerialFound)
        {
            Log.At(LogLevel.Error).Write("serial=: found no UART at "u8);
            EarlySerial.WritePort(Log, s_triedPort);
            Log.WriteLine("; COM1 is used"u8);
        }

        if (!EarlySerial.IsAnswering)
        {
            Log.At(LogLevel.Error).WriteLine("found no UART at COM1: the prompt is out of reach; the option serial= names another line"u8);
        }
    }

    // Exceptions made after sealing live here until the next ones need the room.
    private static void StartScratch()
    {
        PerCpu* cpu = PerCpu.Current;
        cpu->ScratchStart = (ulong)DirectMap.Pointer(EarlyMemory.Take(ScratchBytes, 4096));
        cpu->ScratchNext = cpu->ScratchStart;
        cpu->ScratchEnd = cpu->ScratchStart + ScratchBytes;
    }
}
