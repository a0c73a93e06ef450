using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Multicosm.Paravirt.Events;

/// <summary>
/// How a vCPU's time was spent, and the area in the guest's kernel that shows it. The area is written through the kernel's page table
/// by software, so it need not wait for the guest to leave user mode. Belongs to the vCPU: no lock.
/// </summary>
/// <source>Xen headers "vcpu.h"</source>
internal sealed class Runstate(PvDomain domain, int index)
{
    /// <summary>Size of the guest's area, vcpu_runstate_info.</summary>
    public const int AreaSize = 48;

    private const int EntryTimeOffset = 8;
    private const ulong UpdateMark = 1UL << 63;

    private Times _times;
    private ulong _entered;

    /// <summary>What it does now.</summary>
    public RunstateKind State { get; private set; } = RunstateKind.Offline;

    /// <summary>Linear address of the guest's area; 0 if there is none.</summary>
    public ulong Area { get; set; }

    /// <summary>Nanoseconds that it was <see cref="RunstateKind.Running"/> until now.</summary>
    public ulong TimeRunning => _times[(int)RunstateKind.Running] + (State == RunstateKind.Running ? domain.Clock!.Now - _entered : 0);

    /// <summary>The vCPU is about to run.</summary>
    public void OnRun() => Change(RunstateKind.Running);

    /// <summary>It has been taken off the CPU, although it could go on; nothing if it waits.</summary>
    public void OnPreempt()
    {
        if (State == RunstateKind.Running)
        {
            Change(RunstateKind.Runnable);
        }
    }

    /// <summary>It waits for an event and leaves the CPU.</summary>
    public void OnBlock() => Change(RunstateKind.Blocked);

    /// <summary>An event has ended its wait.</summary>
    public void OnWake()
    {
        if (State == RunstateKind.Blocked)
        {
            Change(RunstateKind.Runnable);
        }
    }

    /// <summary>It came up, from being <see cref="RunstateKind.Offline"/>.</summary>
    public void OnUp() => Change(RunstateKind.Runnable);

    /// <summary>It went down, or its domain was paused.</summary>
    public void OnDown() => Change(RunstateKind.Offline);

    /// <summary>Writes the vcpu_runstate_info as of now; <paramref name="area"/> has <see cref="AreaSize"/> bytes.</summary>
    public void Write(Span<byte> area)
    {
        area.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(area, (int)State);
        BinaryPrimitives.WriteUInt64LittleEndian(area[EntryTimeOffset..], _entered);
        ulong inState = domain.Clock!.Now - _entered;
        for (int i = 0; i < 4; i++)
        {
            ulong time = _times[i] + (i == (int)State ? inState : 0);
            BinaryPrimitives.WriteUInt64LittleEndian(area[(16 + (8 * i))..], time);
        }
    }

    /// <summary>Forgets the last domain; its vCPU is not up.</summary>
    public void Reset()
    {
        _times = default;
        State = RunstateKind.Offline;
        Area = 0;
        _entered = domain.Clock?.Now ?? 0;
    }

    private void Change(RunstateKind state)
    {
        if (state == State)
        {
            return;
        }

        ulong now = domain.Clock!.Now;
        _times[(int)State] += now - _entered;
        _entered = now;
        State = state;
        if (Area != 0)
        {
            Publish();
        }
    }

    // With the assist a mark in the entry time tells readers on other vCPUs to read again. An area that is not mapped now is left alone.
    private void Publish()
    {
        Span<byte> area = stackalloc byte[AreaSize];
        Write(area);
        PvVcpu vcpu = domain.Vcpu(index);
        if (!domain.MarksRunstateUpdates)
        {
            _ = domain.Guest!.TryCopyOut(vcpu, Area, area);
            return;
        }

        Span<byte> entry = area.Slice(EntryTimeOffset, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, _entered | UpdateMark);
        if (domain.Guest!.TryCopyOut(vcpu, Area + EntryTimeOffset, entry) && domain.Guest.TryCopyOut(vcpu, Area, area))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(entry, _entered);
            _ = domain.Guest.TryCopyOut(vcpu, Area + EntryTimeOffset, entry);
        }
    }

    [InlineArray(4)]
    private struct Times
    {
        private ulong _first;
    }
}
