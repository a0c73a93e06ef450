using System;
using Multicosm.Decoder;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>
/// What a vCPU looked like at one moment: registers, page walks, code, stack, last exits, last lines of its domain's console. It refers to
/// nothing that ends with the domain. Allocated with its owner and used again.
/// </summary>
public sealed class VcpuSnapshot
{
    /// <summary>Bytes of code kept from RIP on.</summary>
    public const int CodeCapacity = 32;

    /// <summary>Bytes of stack kept from RSP on.</summary>
    public const int StackCapacity = 256;

    /// <summary>Bytes of the console's text kept.</summary>
    public const int ConsoleCapacity = 1024;

    private const uint LongSegment = 1 << 13;
    private const uint DefaultBig = 1 << 14;
    private const ulong LongModeActive = 1 << 10;

    private readonly byte[] _code = new byte[CodeCapacity];
    private readonly byte[] _stack = new byte[StackCapacity];
    private readonly byte[] _console = new byte[ConsoleCapacity];
    private readonly ExitHistoryEntry[] _exits = new ExitHistoryEntry[ExitHistory.Capacity];
    private int _codeLength;
    private int _stackLength;
    private int _consoleLength;

    /// <summary>True if there is one.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>Number of the domain that it is of: a restart gives the next one another.</summary>
    public uint DomainId { get; private set; }

    /// <summary>Number of the vCPU.</summary>
    public int VcpuIndex { get; private set; }

    /// <summary>The host's clock then.</summary>
    public ulong TakenTicks { get; private set; }

    /// <summary>Why the domain crashed; None if it did not.</summary>
    public CrashReason Reason { get; private set; }

    /// <summary>The fault, for <see cref="CrashReason.DeviceFault"/>.</summary>
    public FaultRecord Fault;

    /// <summary>The crash in a sentence.</summary>
    public TextBuffer Detail { get; } = new(CrashRecord.DetailCapacity);

    /// <summary>Registers.</summary>
    public VcpuState State;

    /// <summary>The rest of the registers.</summary>
    public VcpuSystemState System;

    /// <summary>Walk for RIP.</summary>
    public PageWalk CodeWalk;

    /// <summary>Walk for RSP.</summary>
    public PageWalk StackWalk;

    /// <summary>Code from RIP on, as far as it is mapped.</summary>
    public ReadOnlySpan<byte> Code => new(_code, 0, _codeLength);

    /// <summary>The stack from RSP on, as far as it is mapped.</summary>
    public ReadOnlySpan<byte> Stack => new(_stack, 0, _stackLength);

    /// <summary>The end of the console's text.</summary>
    public ReadOnlySpan<byte> Console => new(_console, 0, _consoleLength);

    /// <summary>Exits kept.</summary>
    public int ExitCount { get; private set; }

    /// <summary>Exits since the vCPU was reset.</summary>
    public ulong ExitTotal { get; private set; }

    /// <summary>Linear address of the next instruction.</summary>
    public ulong CodeAddress => Mode == CodeMode.Bits64 ? State.Rip : (uint)(State.Cs.Base + State.Rip);

    /// <summary>Linear address of the top of the stack.</summary>
    public ulong StackAddress => Mode == CodeMode.Bits64 ? State.Rsp : (uint)(State.Ss.Base + State.Rsp);

    /// <summary>The mode of the code segment.</summary>
    public CodeMode Mode => (State.Efer & LongModeActive) != 0 && (State.Cs.AccessRights & LongSegment) != 0 ? CodeMode.Bits64
        : (State.Cs.AccessRights & DefaultBig) != 0 ? CodeMode.Bits32 : CodeMode.Bits16;

    /// <summary>An exit, <paramref name="age"/> back: 0 is the newest. Below <see cref="ExitCount"/>.</summary>
    public ref readonly ExitHistoryEntry Exit(int age) => ref _exits[age];

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        IsTaken = false;
        Reason = CrashReason.None;
        Fault = default;
        Detail.Clear();
        State = default;
        System = default;
        CodeWalk = default;
        StackWalk = default;
        _codeLength = 0;
        _stackLength = 0;
        _consoleLength = 0;
        ExitCount = 0;
        ExitTotal = 0;
    }

    /// <summary>Begins with what the host knows without a look at the guest.</summary>
    internal void TakeHostSide(Domain domain, ulong nowTicks)
    {
        Reset();
        IsTaken = true;
        DomainId = domain.Id;
        VcpuIndex = domain.Vcpu.Index;
        TakenTicks = nowTicks;
        CrashRecord record = domain.Vcpu.Backend.Crash;
        Reason = record.Reason;
        Fault = record.Fault;
        Detail.Write(record.Detail);
        State = record.State;
        ExitHistory history = domain.Vcpu.Backend.History;
        ExitTotal = history.Total;
        for (; ExitCount < history.Count; ExitCount++)
        {
            _exits[ExitCount] = history.Newest(ExitCount);
        }

        ulong position = Math.Max(domain.Console.Written, ConsoleCapacity) - ConsoleCapacity;
        _consoleLength = domain.Console.Read(ref position, _console);
    }

    /// <summary>Goes on with the guest's memory, when <see cref="State"/> and <see cref="System"/> are there.</summary>
    internal void TakeMemory(GuestMemory memory)
    {
        CodeWalk = PageWalker.Walk(memory, in State, in System, CodeAddress);
        StackWalk = PageWalker.Walk(memory, in State, in System, StackAddress);
        _codeLength = GuestReader.CopyIn(memory, in State, in System, CodeAddress, _code);
        _stackLength = GuestReader.CopyIn(memory, in State, in System, StackAddress, _stack);
    }
}
