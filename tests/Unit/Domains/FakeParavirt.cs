using System;
using System.Collections.Generic;
using Multicosm.Machine;
using Multicosm.Unit.Devices.XenPv;

namespace Multicosm.Unit.Domains;

/// <summary>A backend whose domains have several processors: each Run asks <see cref="Guest"/> what the exit is.</summary>
internal sealed class FakeParavirt(FakeClock clock) : VcpuBackend
{
    private BackendVcpu? _attached;

    /// <summary>What a processor does in a run until the given deadline; it may move the clock. Without an exit it computes until then.</summary>
    public Func<FakeProcessorOfMany, ulong, VcpuExit> Guest { get; set; } = (_, _) => default;

    /// <summary>Slot, number and start of each run.</summary>
    public List<(int Slot, int Index, ulong When)> Runs { get; } = [];

    public override ReadOnlySpan<byte> Name => "PV"u8;

    public override bool IsUsable => true;

    public override ReadOnlySpan<byte> UnusableReason => default;

    public override BackendStatus StartProcessor() => BackendStatus.Success;

    public override BackendDomain CreateDomain(int slot, TimerQueue timers, CharSink text) => new FakeDomainOfMany(slot);

    public override BackendVcpu CreateVcpu(BackendDomain domain, int index, InterruptController interrupts, CpuidTable cpuid, MsrTable msrs)
        => new FakeProcessorOfMany(domain.Slot, index) { Interrupts = interrupts, Cpuid = cpuid, Msrs = msrs };

    public override BackendStatus StartBuild(BackendDomain domain, ulong memoryBytes, ulong lowMemoryEnd)
    {
        ((FakeDomainOfMany)domain).Ram.Bytes = new byte[memoryBytes];
        return BackendStatus.Success;
    }

    public override BackendStatus BuildStep(BackendDomain domain) => BackendStatus.Success;

    public override BackendStatus PlaceImage(BackendDomain domain, in ParavirtImage image, ReadOnlySpan<byte> commandLine) => BackendStatus.Success;

    public override void ResetVcpu(BackendVcpu vcpu)
    {
    }

    public override void Attach(BackendVcpu vcpu)
    {
        Xunit.Assert.Null(_attached);
        _attached = vcpu;
    }

    public override void Detach(BackendVcpu vcpu)
    {
        Xunit.Assert.Same(_attached, vcpu);
        _attached = null;
    }

    public override void Run(BackendVcpu vcpu, ulong deadlineTicks)
    {
        Xunit.Assert.Same(_attached, vcpu);
        Xunit.Assert.True(vcpu.IsRunnable);
        FakeProcessorOfMany fake = (FakeProcessorOfMany)vcpu;
        Runs.Add((fake.Slot, fake.Index, clock.Ticks));
        Xunit.Assert.True(Runs.Count < 100_000, "time stands still");
        clock.Ticks += clock.Ticks < deadlineTicks ? 1ul : 0;
        vcpu.Exit = clock.Ticks < deadlineTicks ? Guest(fake, deadlineTicks) : default;
        if (vcpu.Exit.Kind == VcpuExitKind.None)
        {
            clock.Ticks = Math.Max(clock.Ticks, deadlineTicks);
            vcpu.Exit.Kind = VcpuExitKind.SliceEnd;
        }
    }

    public override void Complete(BackendVcpu vcpu)
    {
    }

    public override void ReadState(BackendVcpu vcpu, out VcpuState state) => state = default;

    public override void WriteState(BackendVcpu vcpu, in VcpuState state)
    {
    }

    public override BackendStatus DestroyStep(BackendDomain domain) => BackendStatus.Success;

    public override ReadOnlySpan<byte> ExitName(uint reason) => "FakeExit"u8;
}

internal sealed class FakeProcessorOfMany(int slot, int index) : BackendVcpu
{
    public int Slot { get; } = slot;

    public int Index { get; } = index;

    public bool IsUp { get; set; } = true;

    public bool IsBlocked { get; set; }

    public ulong Nanoseconds { get; set; }

    public override bool IsRunnable => IsUp && !IsBlocked;

    public override bool IsOnline => IsUp;

    public override ulong RunNanoseconds => Nanoseconds;
}

internal sealed class FakeDomainOfMany(int slot) : BackendDomain
{
    public FakeMemory Ram { get; } = new();

    public RecordingDoorbell Doorbell { get; } = new();

    public override int Slot => slot;

    public override GuestMemory Memory => Ram;

    public override Doorbell? DoorbellOf(GuestService service) => Doorbell;

    public override GuestPhysicalAddress RingOf(GuestService service) => new(4096 * (1 + (ulong)service));

    public override uint PortOf(GuestService service) => 1 + (uint)service;

    public override ushort GuestId => (ushort)(slot + 1);
}
