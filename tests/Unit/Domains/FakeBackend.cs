using System;
using System.Collections.Generic;
using Multicosm.Machine;

namespace Multicosm.Unit.Domains;

/// <summary>Plays the guest: each Run asks <see cref="Guest"/> what the exit is. Checks that it is used as a backend must be.</summary>
internal sealed class FakeBackend(FakeClock clock, FakeFrames frames) : VcpuBackend
{
    private FakeVcpu? _attached;
    private FakeVcpu? _incomplete;

    /// <summary>What the guest does in a run; it may move the clock. Without one it computes until the deadline.</summary>
    public Func<FakeVcpu, ulong, VcpuExit> Guest { get; set; } = (_, _) => default;

    public bool Usable { get; set; } = true;

    public ulong Rflags { get; set; } = 0x202;

    public int BuildSteps { get; set; } = 3;

    /// <summary>True while a domain's destruction waits for another domain.</summary>
    public bool DestroyWaits { get; set; }

    public int DestroySteps { get; set; } = 2;

    public bool FailsAllocation { get; set; }

    public List<string> Calls { get; } = [];

    public int Attaches { get; private set; }

    public int ExitsNamed { get; private set; }

    /// <summary>Names of exits that are not called "FakeExit".</summary>
    public Dictionary<uint, byte[]> ExitNames { get; } = [];

    public Dictionary<int, VcpuState> Written { get; } = [];

    public override ReadOnlySpan<byte> Name => "fake"u8;

    public override bool IsUsable => Usable;

    public override ReadOnlySpan<byte> UnusableReason => Usable ? ""u8 : "no VMX"u8;

    public override BackendStatus StartProcessor() => BackendStatus.Success;

    public override BackendDomain CreateDomain(int slot, TimerQueue timers, CharSink text) => new FakeBackendDomain(slot) { Timers = timers };

    public override BackendVcpu CreateVcpu(BackendDomain domain, int index, InterruptController interrupts, CpuidTable cpuid, MsrTable msrs)
        => new FakeVcpu(domain.Slot) { Timers = ((FakeBackendDomain)domain).Timers, Interrupts = interrupts, Cpuid = cpuid, Msrs = msrs };

    public override BackendStatus StartBuild(BackendDomain domain, ulong memoryBytes, ulong lowMemoryEnd)
    {
        FakeBackendDomain fake = (FakeBackendDomain)domain;
        Xunit.Assert.Null(fake.Ram.Bytes);
        fake.Wanted = memoryBytes;
        fake.StepsLeft = BuildSteps;
        return BackendStatus.Success;
    }

    public override BackendStatus BuildStep(BackendDomain domain)
    {
        FakeBackendDomain fake = (FakeBackendDomain)domain;
        clock.Ticks += 50;
        if (--fake.StepsLeft > 0)
        {
            return BackendStatus.InProgress;
        }

        if (FailsAllocation)
        {
            return BackendStatus.OutOfMemory;
        }

        fake.Ram.Bytes = new byte[fake.Wanted];
        frames.Free -= fake.Wanted;
        return BackendStatus.Success;
    }

    public override void ResetVcpu(BackendVcpu vcpu) => Calls.Add("reset");

    public override void Attach(BackendVcpu vcpu)
    {
        Xunit.Assert.Null(_attached);
        _attached = (FakeVcpu)vcpu;
        Attaches++;
    }

    public override void Detach(BackendVcpu vcpu)
    {
        Xunit.Assert.Same(_attached, vcpu);
        _attached = null;
    }

    public override void Run(BackendVcpu vcpu, ulong deadlineTicks)
    {
        Xunit.Assert.Same(_attached, vcpu);
        Xunit.Assert.Null(_incomplete);
        FakeVcpu fake = (FakeVcpu)vcpu;
        fake.Runs++;
        deadlineTicks = Math.Min(deadlineTicks, fake.Timers.NextDeadline);
        if (clock.Ticks >= deadlineTicks)
        {
            vcpu.Exit = new VcpuExit { Kind = VcpuExitKind.SliceEnd };
            return;
        }

        clock.Ticks++;
        vcpu.Exit = Guest(fake, deadlineTicks);
        if (vcpu.Exit.Kind == VcpuExitKind.None)
        {
            clock.Ticks = Math.Max(clock.Ticks, deadlineTicks);
            vcpu.Exit.Kind = VcpuExitKind.SliceEnd;
        }

        _incomplete = vcpu.Exit.Kind is VcpuExitKind.SliceEnd or VcpuExitKind.Crash ? null : fake;
    }

    public override void Complete(BackendVcpu vcpu)
    {
        Xunit.Assert.Same(_incomplete, vcpu);
        _incomplete = null;
        ((FakeVcpu)vcpu).Replies.Add(vcpu.Reply);
    }

    public override void ReadState(BackendVcpu vcpu, out VcpuState state)
    {
        Xunit.Assert.Same(_attached, vcpu);
        state = new VcpuState { Rip = 0xABCD, Rflags = Rflags };
    }

    public override void WriteState(BackendVcpu vcpu, in VcpuState state)
    {
        Xunit.Assert.Same(_attached, vcpu);
        Written[((FakeVcpu)vcpu).Slot] = state;
    }

    public override BackendStatus DestroyStep(BackendDomain domain)
    {
        FakeBackendDomain fake = (FakeBackendDomain)domain;
        Xunit.Assert.True(_attached is null || _attached.Slot != domain.Slot);
        _incomplete = null;
        clock.Ticks += 50;
        if (DestroyWaits)
        {
            domain.IsWoken = false;
            return BackendStatus.Waiting;
        }

        if (fake.Ram.Bytes is not null && fake.DestroyedSteps++ < DestroySteps)
        {
            return BackendStatus.InProgress;
        }

        frames.Free += (ulong)(fake.Ram.Bytes?.LongLength ?? 0);
        fake.Ram.Bytes = null;
        fake.DestroyedSteps = 0;
        return BackendStatus.Success;
    }

    public override ReadOnlySpan<byte> ExitName(uint reason)
    {
        ExitsNamed++;
        return ExitNames.TryGetValue(reason, out byte[]? name) ? name : "FakeExit"u8;
    }
}

internal sealed class FakeVcpu(int slot) : BackendVcpu
{
    public required TimerQueue Timers { get; init; }

    public int Slot { get; } = slot;

    public int Runs { get; set; }

    public List<ExitReply> Replies { get; } = [];
}

internal sealed class FakeBackendDomain(int slot) : BackendDomain
{
    public FakeMemory Ram { get; } = new();

    public ulong Wanted { get; set; }

    public int StepsLeft { get; set; }

    public int DestroyedSteps { get; set; }

    public required TimerQueue Timers { get; init; }

    public override int Slot => slot;

    public override GuestMemory Memory => Ram;
}

internal sealed class FakeMemory : GuestMemory
{
    public byte[]? Bytes { get; set; }

    public int LargestCopy { get; private set; }

    /// <summary>True if a look at it is a fault of the hypervisor's own.</summary>
    public bool IsInDisorder { get; set; }

    public override bool TryCopyIn(GuestPhysicalAddress address, Span<byte> destination)
    {
        if (IsInDisorder)
        {
            throw new IndexOutOfRangeException();
        }

        bool inside = Bytes is not null && address.Value <= (ulong)Bytes.Length && (ulong)destination.Length <= (ulong)Bytes.Length - address.Value;
        if (inside)
        {
            Bytes.AsSpan((int)address.Value, destination.Length).CopyTo(destination);
        }

        return inside;
    }

    public override bool TryCopyOut(GuestPhysicalAddress address, ReadOnlySpan<byte> source)
    {
        bool inside = Bytes is not null && address.Value <= (ulong)Bytes.Length && (ulong)source.Length <= (ulong)Bytes.Length - address.Value;
        if (inside)
        {
            source.CopyTo(Bytes.AsSpan((int)address.Value));
            LargestCopy = Math.Max(LargestCopy, source.Length);
        }

        return inside;
    }
}
