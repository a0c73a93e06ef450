using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Unit.Domains;

/// <summary>A PC made of fakes: time moves only when a guest runs or the processor idles.</summary>
internal sealed class FakePc
{
    public FakePc(params (string Name, byte[] Content, bool IsDomainFile)[] files)
        : this(hasParavirt: false, files)
    {
    }

    private FakePc(bool hasParavirt, (string Name, byte[] Content, bool IsDomainFile)[] files)
    {
        Paravirt = hasParavirt ? new FakeParavirt(Clock) : null;
        Backend = new FakeBackend(Clock, Frames);
        Services = new HostServices
        {
            Backend = Backend,
            Paravirt = Paravirt,
            Clock = Clock,
            WallClock = new FakeWallClock(),
            Frames = Frames,
            Containment = Containment,
            Processor = new FakeProcessor(Clock, this),
            Window = Window,
            Cpuid = new FakeCpuid(),
            Log = new HostLog(16384),
            Modules = [.. files.Select(file => new FakeModule(file.Name, file.Content, file.IsDomainFile))],
        };
        Manager = new DomainManager(Services);
    }

    public FakeClock Clock { get; } = new();

    public FakeFrames Frames { get; } = new();

    public FakeContainment Containment { get; } = new();

    public FakeWindow Window { get; } = new();

    public FakeBackend Backend { get; }

    /// <summary>The backend of PV domains; null if there is none.</summary>
    public FakeParavirt? Paravirt { get; }

    public HostServices Services { get; }

    public DomainManager Manager { get; }

    /// <summary>A scheduler over the manager's domains, made when it is first asked for.</summary>
    public Scheduler Scheduler => field ??= new Scheduler(Services, Manager, HostWork);

    public NoHostWork HostWork { get; } = new();

    public int Idles { get; set; }

    public int Polls { get; set; }

    public bool HasWork { get; set; }

    public static (string, byte[], bool) Config(string name, string text) => (name, Encoding.UTF8.GetBytes(text), true);

    public static (string, byte[], bool) File(string name, byte[] content) => (name, content, false);

    /// <summary>A PC with a usual domain file "debian.cfg" and its kernel and ramdisk; <paramref name="keys"/> are added to the file.</summary>
    public static FakePc WithDebian(string keys = "")
        => new(
            Config("debian.cfg", "name = \"debian\"\nkernel = \"vmlinuz\"\nramdisk = \"initrd\"\nmemory = 64\nextra = \"console=ttyS0\"\n" + keys),
            File("vmlinuz", FakeKernel.Make()),
            File("initrd", FakeKernel.Bytes(5000, 7)));

    /// <summary>A PC that can run PV domains too.</summary>
    public static FakePc WithParavirt(params (string Name, byte[] Content, bool IsDomainFile)[] files) => new(hasParavirt: true, files);

    public Domain Create(string assignments = "", int file = 0)
    {
        TextBuffer messages = new(2000);
        CreateStatus status = Manager.Create(Services.Modules[file], Encoding.UTF8.GetBytes(assignments), messages, out Domain? domain);
        Xunit.Assert.Equal(CreateStatus.Success, status);
        return domain!;
    }

    public string LogText()
    {
        byte[] text = new byte[20000];
        ulong position = 0;
        return Encoding.UTF8.GetString(text, 0, Services.Log.Read(ref position, text));
    }
}

internal sealed class FakeClock : MonotonicClock
{
    public ulong Ticks = 1000;

    public override ulong Now => Ticks;

    public override ulong TicksPerSecond => 1_000_000;
}

internal sealed class FakeWallClock : WallClock
{
    public override ulong UnixSeconds => 1_700_000_000;
}

internal sealed class FakeFrames : FrameSource
{
    public ulong Free = 512UL << 20;

    public override ulong FreeBytes => Free;

    public override ulong TotalBytes => 1024UL << 20;

    public override ulong BytesOwnedBy(int slot) => 0;
}

internal sealed class FakeContainment : Containment
{
    private FaultRecord _fault;
    private bool _inside;

    public override ref readonly FaultRecord LastFault => ref _fault;

    public override bool TryRun(ContainedWork work)
    {
        Xunit.Assert.False(_inside, "frames do not nest");
        _inside = true;
        try
        {
            work.Run();
            return true;
        }
        catch (Exception fault) when (fault is IndexOutOfRangeException or NullReferenceException or DivideByZeroException or InvalidCastException or OverflowException)
        {
            _fault = new FaultRecord { Vector = 255, Rip = 0x1234 };
            return false;
        }
        finally
        {
            _inside = false;
        }
    }

    public override ReadOnlySpan<byte> MethodAt(ulong address, out ulong offset)
    {
        offset = 0x10;
        return "FakeDevice.Write"u8;
    }
}

internal sealed class FakeWindow : AllocationWindow
{
    public bool IsOpen;
    public int Opened;
    public ulong Free = ulong.MaxValue;

    public override ulong UsedBytes => 0;

    public override ulong FreeBytes => Free;

    public override void Open()
    {
        Opened++;
        IsOpen = true;
    }

    public override void Seal() => IsOpen = false;
}

internal sealed class FakeProcessor(FakeClock clock, FakePc pc) : Processor
{
    public override void Idle(ulong deadlineTicks)
    {
        pc.Idles++;
        clock.Ticks = Math.Max(clock.Ticks, deadlineTicks);
    }

    public override bool HasWork => pc.HasWork;

    public override bool WantsLooks => pc.HasWork;

    public override void Poll() => pc.Polls++;
}

internal sealed class FakeCpuid : CpuidSource
{
    public Dictionary<(uint, uint), CpuidResult> Leaves { get; } = new() { [(0, 0)] = new CpuidResult { Eax = 0xD } };

    public override CpuidResult Query(uint leaf, uint subleaf) => Leaves.GetValueOrDefault((leaf, subleaf));
}

internal sealed class FakeModule(string name, byte[] content, bool isDomainFile) : BootModule
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    public override ReadOnlySpan<byte> Name => _name;

    public override bool IsDomainFile => isDomainFile;

    public override ReadOnlySpan<byte> Content => content;
}
