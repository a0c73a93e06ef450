using System.Threading;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Interrupts;

/// <summary>This CPU's local APIC: by MSRs where it has x2APIC, else by memory. The timer counts to a TSC deadline where it can.</summary>
/// <source>SDM 3A, "Advanced Programmable Interrupt Controller (APIC)"</source>
internal sealed unsafe class HostLocalApic
{
    /// <summary>Vector of interrupts that vanish before they are taken.</summary>
    public const byte SpuriousVector = 0xFF;

    private const uint ApicBase = 0x1B;
    private const uint TscDeadline = 0x6E0;
    private const uint IdRegister = 0x2;
    private const uint EoiRegister = 0xB;
    private const uint SpuriousRegister = 0xF;
    private const uint TimerRegister = 0x32;
    private const uint InitialCount = 0x38;
    private const uint CurrentCount = 0x39;
    private const uint DivideConfiguration = 0x3E;
    private const uint DeadlineMode = 1 << 18;
    private const uint Masked = 1 << 16;

    private readonly bool _x2;
    private readonly bool _hasDeadline;
    private readonly uint* _registers;
    private readonly MonotonicClock _clock;
    private readonly TickScale _toCounts;

    /// <summary>Enables the local APIC.</summary>
    public HostLocalApic(ulong address, MmioWindow window, MonotonicClock clock, byte timerVector, TextOutput log)
    {
        _clock = clock;
        uint features = HostCpuid.Read(1, 0).Ecx;
        _x2 = (features & (1 << 21)) != 0;
        _hasDeadline = (features & (1 << 24)) != 0;
        ulong value = CpuInstructions.ReadMsr(ApicBase);
        CpuInstructions.WriteMsr(ApicBase, value | (1 << 11)); // xAPIC must be on before x2APIC
        if (_x2)
        {
            CpuInstructions.WriteMsr(ApicBase, value | (1 << 11) | (1 << 10));
        }
        else
        {
            _registers = (uint*)window.Map(address, 4096);
            if (_registers == null)
            {
                PanicScreen.Halt("no memory to map the local APIC"u8, address);
            }
        }

        Id = _x2 ? Read(IdRegister) : Read(IdRegister) >> 24;
        Write(SpuriousRegister, 0x100u | SpuriousVector);
        Write(DivideConfiguration, 0xB); // by 1
        if (!_hasDeadline)
        {
            _toCounts = new TickScale(clock.TicksPerSecond, MeasureTimer());
        }

        Write(TimerRegister, timerVector | (_hasDeadline ? DeadlineMode : 0));
        log.Write(_x2 ? "local APIC: x2APIC"u8 : "local APIC: xAPIC"u8);
        log.WriteLine(_hasDeadline ? ", TSC deadline timer"u8 : ", one-shot timer"u8);
    }

    /// <summary>This CPU's APIC id.</summary>
    public uint Id { get; }

    /// <summary>Ends the interrupt in service.</summary>
    public void EndOfInterrupt() => Write(EoiRegister, 0);

    /// <summary>Interrupts once when the TSC reaches <paramref name="ticks"/>; at once if it has.</summary>
    public void ArmDeadline(ulong ticks)
    {
        if (_hasDeadline)
        {
            CpuInstructions.WriteMsr(TscDeadline, ticks == 0 ? 1 : ticks);
            return;
        }

        ulong now = _clock.Now;
        ulong counts = ticks > now ? _toCounts.Convert(ticks - now) + 1 : 1;
        Write(InitialCount, counts > uint.MaxValue ? uint.MaxValue : (uint)counts);
    }

    // Counts a second, measured for a millisecond.
    private ulong MeasureTimer()
    {
        Write(TimerRegister, Masked);
        Write(InitialCount, uint.MaxValue);
        ulong start = _clock.Now;
        ulong wanted = _clock.TicksPerSecond / 1000;
        while (_clock.Now - start < wanted)
        {
            CpuInstructions.Pause();
        }

        ulong counts = uint.MaxValue - Read(CurrentCount);
        ulong ticks = _clock.Now - start;
        Write(InitialCount, 0);
        return new TickScale(ticks, _clock.TicksPerSecond).Convert(counts);
    }

    private uint Read(uint register) =>
        _x2 ? (uint)CpuInstructions.ReadMsr(0x800 + register) : Volatile.Read(ref _registers[register * 4]);

    private void Write(uint register, uint value)
    {
        if (_x2)
        {
            CpuInstructions.WriteMsr(0x800 + register, value);
        }
        else
        {
            Volatile.Write(ref _registers[register * 4], value);
        }
    }
}
