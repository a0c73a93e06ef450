using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>A PC's memory with two PV domains: <see cref="Own"/> with two vCPUs and <see cref="Other"/>, two regions each.</summary>
internal sealed unsafe class FakePvHost : IDisposable
{
    public const int HostRegions = 16;
    public const ulong EntryAreaSlot = 0x7777_0003;

    private readonly List<nint> _native = [];
    private readonly ulong[] _counts;

    public FakePvHost(int budget = PageTypes.Budget, bool leaks = false, ulong absentRegions = 0)
    {
        ulong frames = HostRegions * 512;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)frames * 4096, 2 << 20);
        _native.Add((nint)memory);
        new Span<byte>(memory, (int)frames * 4096).Fill(0xEE); // what memory held before must not matter
        void* tables = NativeMemory.AlignedAlloc((nuint)FrameAllocator.TableBytes(frames), 64);
        _native.Add((nint)tables);
        Frames = new FrameAllocator(tables, frames);
        Frames.AddRam(1, frames); // frame 0 is never given out on a PC
        Table = new FrameTable(new HostWindow(memory)) { LeaksThroughNotPresent = leaks };
        Assert.True(Table.TryStart(Frames, frames - (absentRegions * 512)));
        SharedMachineMap shared = new(Table);
        Assert.True(shared.TryStart(Frames));
        Own = NewDomain(shared, slot: 3, id: 5, budget);
        Other = NewDomain(shared, slot: 4, id: 6, budget);
        Add(Own);
        Add(Own);
        Add(Other);
        _counts = new ulong[frames];
        Directory.Add(Own);
        Directory.Add(Other);
    }

    public FrameAllocator Frames { get; }

    public FrameTable Table { get; }

    public PvDomain Own { get; }

    public PvDomain Other { get; }

    public DomainDirectory Directory { get; } = new();

    public PvVcpu Vcpu => Own.Vcpu(0);

    public PageTypes Types => Own.Ram.Types;

    /// <summary>The record of a frame, which must be <see cref="Own"/>'s.</summary>
    public FrameRecord Record(ulong frame)
    {
        Assert.True(Types.TryRecord(new ClaimedFrame(frame), out FrameRecord record));
        return record;
    }

    public ulong* Words(ulong frame) => Table.Window.Table(new HostFrame(frame));

    public Span<ulong> Content(ulong frame) => new(Words(frame), 512);

    /// <summary>Fails if an invariant of <see cref="Own"/> does not hold.</summary>
    public void Check(params ReadOnlySpan<HostFrame> holds) => Check(Own, holds);

    /// <summary>Fails if an invariant of <paramref name="domain"/> does not hold.</summary>
    public void Check(PvDomain domain, params ReadOnlySpan<HostFrame> holds)
    {
        MemoryRule broken = new MemoryCheck(domain, Directory, _counts).Run(holds, out HostFrame frame);
        if (broken != MemoryRule.None)
        {
            Assert.Fail($"{broken} at frame {frame.Number:X}");
        }
    }

    public void Dispose()
    {
        foreach (nint block in _native)
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }

    private PvDomain NewDomain(SharedMachineMap shared, int slot, ushort id, int budget)
    {
        DomainMemory ram = new(Table, shared, Frames, slot, budget);
        PvDomain domain = new(slot, ram) { Id = id };
        Assert.True(ram.TryStart());
        ram.Types.HypervisorSlots[4] = EntryAreaSlot;
        for (int region = 0; region < 2; region++)
        {
            Assert.True(Frames.TryAllocate(FrameOwner.Domain(slot), PageSize.Size2M, out HostFrame first));
            Assert.True(ram.TryAddRegion(first));
        }

        for (ulong number = 0; number < ram.PageCount; number++)
        {
            Content(ram.FrameAt(number).Number).Clear();
        }

        ram.ReserveSpecial();
        return domain;
    }

    private void Add(PvDomain domain)
    {
        PvRegisters* registers = (PvRegisters*)NativeMemory.AlignedAlloc((nuint)sizeof(PvRegisters), 64);
        _native.Add((nint)registers);
        *registers = default;
        PvVcpu vcpu = new(domain, domain.VcpuCount) { Interrupts = null!, Cpuid = null!, Msrs = null! };
        vcpu.Reset();
        vcpu.Registers = registers;
        domain.Add(vcpu);
    }
}
