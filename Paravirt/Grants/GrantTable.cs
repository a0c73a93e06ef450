using System;
using System.Threading;

namespace Multicosm.Paravirt.Grants;

/// <summary>
/// A domain's grant table, version 1: which of its frames other domains may use. The guest writes the entries, in frames that it shares
/// with us, and may change them at any time: an entry is read, checked and marked as in use by one compare-exchange, and what was read
/// then counts. Needs the domain's page lock.
/// </summary>
/// <source>Xen headers "grant_table.h"</source>
internal sealed unsafe class GrantTable
{
    /// <summary>Frames that a table may have.</summary>
    public const int MaximumFrames = 32;

    private const int EntriesPerFrame = 4096 / 8;
    private const int MaximumTries = 5; // a guest that changes the entry all the time has itself to blame
    private const ulong TypeMask = 3;
    private const ulong PermitAccess = 1;
    private const ulong ReadOnly = 1 << 2;
    private const ulong Reading = 1 << 3;
    private const ulong Writing = 1 << 4;
    private const int DomainShift = 16;
    private const int FrameShift = 32;

    private readonly byte[] _readers = new byte[MaximumFrames * EntriesPerFrame];
    private readonly byte[] _writers = new byte[MaximumFrames * EntriesPerFrame];
    private ulong* _entries;

    /// <summary>Number of the first of its frames, which follow each other.</summary>
    public ulong FirstFrame { get; private set; }

    /// <summary>Frames that the guest has asked for.</summary>
    public int FrameCount { get; private set; }

    /// <summary>Mappings of the domain's frames that there are.</summary>
    public int MappedCount { get; set; }

    /// <summary>A new domain's table lies in frames from <paramref name="firstFrame"/> on, which are zero, for the hypervisor at <paramref name="start"/>; null if the domain is gone.</summary>
    public void Reset(ulong firstFrame, byte* start)
    {
        FirstFrame = firstFrame;
        _entries = (ulong*)start;
        FrameCount = start == null ? 0 : 1;
        Array.Clear(_readers);
        Array.Clear(_writers);
    }

    /// <summary>True if the table has entry <paramref name="reference"/>.</summary>
    public bool Has(uint reference) => reference < (uint)(FrameCount * EntriesPerFrame);

    /// <summary>Makes the table <paramref name="count"/> frames long, unless it is longer; false if that is too long.</summary>
    public bool TryGrow(uint count)
    {
        if (count > MaximumFrames)
        {
            return false;
        }

        FrameCount = Math.Max(FrameCount, (int)count);
        return true;
    }

    /// <summary>
    /// Begins to use entry <paramref name="reference"/> for domain <paramref name="user"/>, for writing if <paramref name="isWrite"/>, and gives
    /// the frame. <see cref="GrantStatus.BadReference"/>, or <see cref="GrantStatus.GeneralError"/> if the entry does not grant that.
    /// </summary>
    public GrantStatus TryBegin(ushort user, uint reference, bool isWrite, out ulong frame)
    {
        frame = 0;
        if (!Has(reference))
        {
            return GrantStatus.BadReference;
        }

        ref ulong entry = ref _entries[reference];
        byte[] users = isWrite ? _writers : _readers;
        for (int i = 0; i < MaximumTries; i++)
        {
            ulong old = Volatile.Read(ref entry);
            bool isGranted = (old & TypeMask) == PermitAccess && (ushort)(old >> DomainShift) == user && (!isWrite || (old & ReadOnly) == 0);
            if (!isGranted || users[reference] == byte.MaxValue)
            {
                return GrantStatus.GeneralError;
            }

            if (Interlocked.CompareExchange(ref entry, old | Reading | (isWrite ? Writing : 0), old) == old)
            {
                users[reference]++;
                frame = old >> FrameShift;
                return GrantStatus.Okay;
            }
        }

        return GrantStatus.GeneralError;
    }

    /// <summary>Ends a use that <see cref="TryBegin"/> began: when it was the last one the guest may take the frame back.</summary>
    public void End(uint reference, bool isWrite)
    {
        byte[] users = isWrite ? _writers : _readers;
        users[reference]--;
        ulong over = (_writers[reference] == 0 ? Writing : 0) | (_writers[reference] + _readers[reference] == 0 ? Reading : 0);
        _ = Interlocked.And(ref _entries[reference], ~over); // what it was does not matter
    }
}
