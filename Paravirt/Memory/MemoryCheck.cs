using System;
using Multicosm.Machine;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Grants;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// Checks the wall between domains: reads a domain's page tables as they are, counts from scratch what they use, and compares it with the
/// records. For tests: it takes as long as the domain is large. The caller holds the domain's page lock, and nothing is unfinished.
/// </summary>
internal sealed class MemoryCheck(PvDomain domain, DomainDirectory domains, ulong[] counts)
{
    // counts: references below, then uses as a type, then linear entries that lead there
    private const ulong TypeUnit = 1UL << 32;
    private const ulong LinearUnit = 1UL << 56;

    private MemoryRule _broken;
    private HostFrame _frame;

    /// <summary>
    /// The first rule that is broken and the frame where it was seen; None if all hold. <paramref name="holds"/> are frames that somebody
    /// holds writable besides the page tables, the special frames excepted. The array given at the start has an element for each frame of the PC.
    /// </summary>
    public MemoryRule Run(ReadOnlySpan<HostFrame> holds, out HostFrame frame)
    {
        Array.Clear(counts);
        _broken = MemoryRule.None;
        _frame = default;
        CountHolds(holds);
        CountGrants();
        ForEachFrame(countsEntries: true);
        ForEachFrame(countsEntries: false);
        frame = _frame;
        return _broken;
    }

    private DomainMemory Ram => domain.Ram;

    private void CountHolds(ReadOnlySpan<HostFrame> holds)
    {
        foreach (HostFrame held in holds)
        {
            counts[held.Number] += TypeUnit;
        }

        for (int i = 0; i < DomainMemory.SpecialFrames; i++)
        {
            counts[Ram.SpecialFrame(i).Number] += TypeUnit;
        }

        for (int i = 0; i < domain.VcpuCount; i++)
        {
            PvVcpu vcpu = domain.Vcpu(i);
            Hold(vcpu.KernelTable >> 12, FrameType.Level4);
            Hold(vcpu.UserTable >> 12, FrameType.Level4);
            for (int page = 0; page < DescriptorFrames.GdtPages; page++)
            {
                Hold(vcpu.Descriptors.Gdt(page).Number, FrameType.Descriptors);
            }

            for (int page = 0; page < DescriptorFrames.LdtPages; page++)
            {
                Hold(vcpu.Descriptors.Ldt(page).Number, FrameType.Descriptors);
            }
        }
    }

    // What other domains have mapped: by their handles, and by their page-table entries, which are not looked at below.
    private void CountGrants()
    {
        for (int slot = 0; slot < DomainDirectory.Slots; slot++)
        {
            PvDomain? holder = domains.InSlot(slot);
            for (uint handle = 0; holder is not null && handle < GrantMappings.Maximum; handle++)
            {
                ref readonly GrantMapping mapping = ref holder.GrantMappings[handle];
                if (mapping.Owner == domain)
                {
                    ulong uses = holder != domain && IsFirstOfEntry(holder, handle) && GrantMapper.IsMapped(holder, in mapping) ? 2UL : 1UL;
                    counts[mapping.Frame] += mapping.IsWritable ? uses * TypeUnit : uses;
                }
            }
        }
    }

    // Several handles can have been given the same page-table entry, one after the other.
    private static bool IsFirstOfEntry(PvDomain holder, uint handle)
    {
        ref readonly GrantMapping mapping = ref holder.GrantMappings[handle];
        for (uint i = 0; i < handle; i++)
        {
            ref readonly GrantMapping other = ref holder.GrantMappings[i];
            if (other.Owner == mapping.Owner && other.Entry == mapping.Entry && other.Frame == mapping.Frame && other.IsWritable == mapping.IsWritable)
            {
                return false;
            }
        }

        return true;
    }

    private void Hold(ulong number, FrameType type)
    {
        if (number == 0)
        {
            return;
        }

        HostFrame frame = new(number);
        Require(Ram.Types.TryRecord(new ClaimedFrame(number), out FrameRecord record) && record.Type == type && record.IsValidated, MemoryRule.Type, frame);
        counts[number] += TypeUnit;
    }

    private void ForEachFrame(bool countsEntries)
    {
        ulong free = 0;
        for (int region = 0; region < Ram.RegionCount; region++)
        {
            ulong first = Ram.Region(region).Number;
            ulong before = free;
            for (ulong number = first; number < first + FrameTable.FramesPerRegion; number++)
            {
                HostFrame frame = new(number);
                Require(Ram.Types.TryRecord(new ClaimedFrame(number), out FrameRecord record), MemoryRule.Owner, frame);
                free += record.Type == FrameType.Free ? 1UL : 0;
                if (countsEntries)
                {
                    CountEntries(frame, record);
                }
                else
                {
                    Compare(frame, record);
                }
            }

            Require(free - before == Ram.FreeIn(region), MemoryRule.Free, new HostFrame(first));
        }

        Require(free == Ram.Types.FreeCount, MemoryRule.Free, default);
    }

    private unsafe void CountEntries(HostFrame frame, FrameRecord record)
    {
        if (record.IsPinned)
        {
            counts[frame.Number] += TypeUnit;
        }

        bool isTable = record.Type is >= FrameType.Level1 and <= FrameType.Level4;
        int end = !isTable ? 0 : record.IsPartial ? record.Index : PageEntry.PerTable;
        ulong* entries = Ram.Window.Table(frame);
        int linear = 0;
        for (int i = 0; i < end; i++)
        {
            bool isHypervisors = record.Type == FrameType.Level4 && i >= PageEntry.FirstHypervisorSlot && i < PageEntry.FirstHypervisorSlot + PageEntry.HypervisorSlots;
            if (isHypervisors)
            {
                ulong shown = Ram.Types.HypervisorSlots[i - PageEntry.FirstHypervisorSlot];
                Require(record.IsPartial || entries[i] == shown || (i == PageEntry.FirstHypervisorSlot && entries[i] == 0), MemoryRule.Hypervisor, frame);
            }
            else if (new PageEntry(entries[i]).IsPresent)
            {
                linear += CountEntry(frame, i, record.Type, new PageEntry(entries[i]));
            }
        }

        Require(record.IsLinearTarget ? linear == 0 : linear == record.LinearCount, MemoryRule.Linear, frame);
    }

    // 1 if it is a linear entry that refers to another table.
    private int CountEntry(HostFrame frame, int index, FrameType level, PageEntry entry)
    {
        Require(!entry.HasForbiddenFlags(level) && entry.IsReachable && entry.Normalise(level).Raw == entry.Raw, MemoryRule.Flags, frame);
        if (level == FrameType.Level1 && IsGranted(frame, index, entry))
        {
            return 0; // counted with its owner's frames
        }

        if (!Ram.Types.TryRecord(entry.Claim, out FrameRecord target) || target.Type == FrameType.Free)
        {
            Require(false, MemoryRule.Owner, frame);
            return 0;
        }

        if (level == FrameType.Level1)
        {
            Require(!entry.IsWritable || target.Type == FrameType.Writable, MemoryRule.Type, frame);
            counts[entry.Claim.Number] += entry.IsWritable ? TypeUnit : 1;
            return 0;
        }

        bool isSelf = entry.Claim.Number == frame.Number;
        bool isLinear = target.Type == level;
        Require(isLinear ? !entry.IsWritable && (isSelf || (target.IsValidated && target.IsLinearTarget)) : target.Type == level - 1 && target.IsValidated, MemoryRule.Type, frame);
        counts[entry.Claim.Number] += isSelf ? 0 : isLinear ? TypeUnit + LinearUnit : TypeUnit;
        return isLinear && !isSelf ? 1 : 0;
    }

    // True if the entry maps another domain's frame, and a handle says so.
    private bool IsGranted(HostFrame frame, int index, PageEntry entry)
    {
        ulong address = frame.Address.Value + ((ulong)index * sizeof(ulong));
        bool isGranted = false;
        for (uint handle = 0; handle < GrantMappings.Maximum && !Ram.Types.TryRecord(entry.Claim, out _); handle++)
        {
            ref readonly GrantMapping mapping = ref domain.GrantMappings[handle];
            isGranted |= mapping.Owner is not null && mapping.Entry == address && mapping.Frame == entry.Claim.Number && mapping.IsWritable == entry.IsWritable;
        }

        return isGranted;
    }

    private void Compare(HostFrame frame, FrameRecord record)
    {
        if (record.Type == FrameType.Free)
        {
            Require(counts[frame.Number] == 0, MemoryRule.Free, frame);
            return;
        }

        Require(record.References == (uint)counts[frame.Number], MemoryRule.References, frame);
        Require(record.TypeCount == (counts[frame.Number] % LinearUnit) / TypeUnit, MemoryRule.TypeCount, frame);
        Require((record.IsLinearTarget ? (ulong)record.LinearCount : 0) == counts[frame.Number] / LinearUnit, MemoryRule.Linear, frame);
        bool isUsed = record.TypeCount != 0;
        bool isSound = record.IsValidated == isUsed && !(record.IsPartial && isUsed) && (!record.IsPinned || record.IsValidated)
            && (record.Type != FrameType.None) == (isUsed || record.IsPartial) && !(record.IsLeaving && record.IsIdle);
        Require(isSound, MemoryRule.Record, frame);
    }

    private void Require(bool holds, MemoryRule rule, HostFrame frame)
    {
        if (!holds && _broken == MemoryRule.None)
        {
            _broken = rule;
            _frame = frame;
        }
    }
}
