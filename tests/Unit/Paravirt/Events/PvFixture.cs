using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Unit.Devices;

namespace Multicosm.Unit.Paravirt.Events;

/// <summary>PV domains on native memory, whose hypercalls name a flat memory of their own.</summary>
internal sealed unsafe class PvFixture : IDisposable
{
    private readonly List<nint> _pages = [];

    internal PvFixture(ulong ticksPerSecond = 100_000_000)
    {
        Clock = new FakeClock(ticksPerSecond);
        Timers = new FakeTimers(Clock);
        Time = new PvClock(Clock, new FakeWallClock(1_700_000_000), isStable: true);
        Events = new EventHypercalls(Directory);
        Domain = AddDomain(slot: 3, id: 7, vcpus: 2);
    }

    internal FakeClock Clock { get; }

    internal FakeTimers Timers { get; }

    internal PvClock Time { get; }

    internal DomainDirectory Directory { get; } = new();

    internal EventHypercalls Events { get; }

    internal FlatArguments Guest { get; } = new();

    internal PvDomain Domain { get; }

    internal PvVcpu Vcpu => Domain.Vcpu(0);

    internal PvDomain AddDomain(int slot, ushort id, int vcpus)
    {
        PvDomain domain = new(slot, null!) { Id = id, Clock = Time, Timers = Timers, Guest = Guest, SharedInfo = Page(), RunUntilTicks = ulong.MaxValue };
        for (int i = 0; i < vcpus; i++)
        {
            PvVcpu vcpu = new(domain, i) { Interrupts = null!, Cpuid = new CpuidTable(), Msrs = null! };
            domain.Add(vcpu);
            vcpu.Reset();
            vcpu.Info = domain.SharedInfo + (SharedLayout.VcpuInfoSize * i);
            vcpu.Info[SharedLayout.UpcallMask] = 1;
            vcpu.Registers = (PvRegisters*)Page();
            vcpu.IsUp = vcpu.IsInitialised = i == 0;
        }

        Directory.Add(domain);
        return domain;
    }

    internal byte* Page()
    {
        void* page = NativeMemory.AlignedAlloc(4096, 4096);
        new Span<byte>(page, 4096).Clear();
        _pages.Add((nint)page);
        return (byte*)page;
    }

    /// <summary>event_channel_op on 32-bit numbers at address 0; gives the result.</summary>
    internal long Event(uint command, params uint[] numbers) => Event(Vcpu, command, numbers);

    internal long Event(PvVcpu caller, uint command, params uint[] numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            Guest.UInt32((ulong)(4 * i)) = numbers[i];
        }

        return Events.Invoke(caller, command, 0);
    }

    internal ref ulong Pending(int word) => ref *((ulong*)(Domain.SharedInfo + SharedLayout.Pending) + word);

    internal ref ulong Mask(int word) => ref *((ulong*)(Domain.SharedInfo + SharedLayout.Mask) + word);

    internal static ref ulong Selector(PvVcpu vcpu) => ref *(ulong*)(vcpu.Info + SharedLayout.PendingSelector);

    /// <summary>True if port, word and vCPU all say that an event waits.</summary>
    internal bool IsDelivered(PvVcpu vcpu, uint port) =>
        vcpu.Info[SharedLayout.UpcallPending] != 0 && ((Selector(vcpu) >> (int)(port / 64)) & 1) != 0 && ((Pending((int)(port / 64)) >> (int)(port % 64)) & 1) != 0;

    /// <summary>The guest has taken all its events.</summary>
    internal void TakeEvents()
    {
        new Span<byte>(Domain.SharedInfo + SharedLayout.Pending, 512).Clear();
        for (int i = 0; i < Domain.VcpuCount; i++)
        {
            Domain.Vcpu(i).Info[SharedLayout.UpcallPending] = 0;
            Selector(Domain.Vcpu(i)) = 0;
        }
    }

    public void Dispose()
    {
        foreach (nint page in _pages)
        {
            NativeMemory.AlignedFree((void*)page);
        }
    }
}
