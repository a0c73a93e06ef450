using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Loads the segments of a task that starts. What is wrong with them is the new task's fault.</summary>
/// <source>SDM 3A, "Task Switching"</source>
internal static class TaskSegments
{
    private const uint Cs = 1;
    private const uint Ss = 2;
    private const uint Ldtr = 6;
    private const uint Count = 6;
    private const uint Unusable = 1 << 16;
    private const uint VirtualModeRights = 0xF3;
    private const uint FlatCode = 0xC09B;
    private const uint StackData = 0x93;
    private const uint LdtType = 2;
    private const int LevelShift = 5;

    /// <summary>Puts all selectors in place and nothing behind them: what an exception finds while the descriptors are loaded.</summary>
    public static void Prepare(ref TaskState task)
    {
        uint level = task.Selectors[1] & 3u;
        for (uint i = 0; i <= Ldtr; i++)
        {
            CurrentVmcs.Write(VmcsGuest16.EsSelector + (i * 2), task.Selectors[(int)i]);
            CurrentVmcs.Write(VmcsGuest32.EsAccessRights + (i * 2), Unusable | StackData | (level << LevelShift));
        }

        CurrentVmcs.Write(VmcsGuest32.CsAccessRights, FlatCode | (level << LevelShift));
        CurrentVmcs.Write(VmcsGuest32.CsLimit, uint.MaxValue);
        CurrentVmcs.Write(VmcsGuestNatural.CsBase, 0UL);
    }

    /// <summary>The segments of virtual-8086 mode.</summary>
    public static void LoadVirtual(ref TaskState task)
    {
        for (uint i = 0; i < Count; i++)
        {
            CurrentVmcs.Write(VmcsGuest16.EsSelector + (i * 2), task.Selectors[(int)i]);
            CurrentVmcs.Write(VmcsGuestNatural.EsBase + (i * 2), (ulong)task.Selectors[(int)i] << 4);
            CurrentVmcs.Write(VmcsGuest32.EsLimit + (i * 2), 0xFFFFu);
            CurrentVmcs.Write(VmcsGuest32.EsAccessRights + (i * 2), VirtualModeRights);
        }
    }

    /// <summary>Loads the LDT, which has to lie in the GDT; a null selector is no LDT.</summary>
    public static bool TryLoadTable(VmxVcpu vcpu, ushort selector, uint external, out GuestFault fault)
    {
        CurrentVmcs.Write(VmcsGuest16.LdtrSelector, selector);
        CurrentVmcs.Write(VmcsGuest32.LdtrAccessRights, Unusable | LdtType);
        fault = Wrong(GuestFault.InvalidTss, selector, external);
        if (IsNull(selector))
        {
            return true;
        }

        if ((selector & 4) != 0 || !TryFind(selector, out uint address))
        {
            return false;
        }

        if (!SystemMemory.TryReadDescriptor(vcpu, address, out SegmentDescriptor descriptor, out GuestFault pageFault))
        {
            fault = pageFault;
            return false;
        }

        if (descriptor.IsSegment || descriptor.Type != LdtType || !descriptor.IsPresent)
        {
            return false;
        }

        Set(Ldtr, in descriptor, descriptor.AccessRights);
        return true;
    }

    /// <summary>Loads CS, SS, ES, DS, FS and GS.</summary>
    public static bool TryLoad(VmxVcpu vcpu, ref TaskState task, uint external, out GuestFault fault)
    {
        uint level = task.Selectors[(int)Cs] & 3u;
        if (!TryLoad(vcpu, Cs, task.Selectors[(int)Cs], level, external, out fault) || !TryLoad(vcpu, Ss, task.Selectors[(int)Ss], level, external, out fault))
        {
            return false;
        }

        for (uint i = 0; i < Count; i++)
        {
            if (i is not Cs and not Ss && !IsNull(task.Selectors[(int)i]) && !TryLoad(vcpu, i, task.Selectors[(int)i], level, external, out fault))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryLoad(VmxVcpu vcpu, uint segment, ushort selector, uint level, uint external, out GuestFault fault)
    {
        fault = Wrong(GuestFault.InvalidTss, selector, external);
        if (IsNull(selector) || !TryFind(selector, out uint address))
        {
            return false;
        }

        if (!SystemMemory.TryReadDescriptor(vcpu, address, out SegmentDescriptor descriptor, out GuestFault pageFault))
        {
            fault = pageFault;
            return false;
        }

        if (!IsAllowed(segment, in descriptor, selector & 3u, level))
        {
            return false;
        }

        if (!descriptor.IsPresent)
        {
            fault = Wrong(segment == Ss ? GuestFault.StackFault : GuestFault.SegmentNotPresent, selector, external);
            return false;
        }

        uint rights = descriptor.AccessRights | 1; // accessed
        if (rights != descriptor.AccessRights && !SystemMemory.TryWriteRights(vcpu, address, (byte)rights, out pageFault))
        {
            fault = pageFault;
            return false;
        }

        Set(segment, in descriptor, rights);
        return true;
    }

    private static bool IsAllowed(uint segment, in SegmentDescriptor descriptor, uint requested, uint level) => segment switch
    {
        Cs => descriptor.IsCode && (descriptor.IsConforming ? descriptor.Level <= level : descriptor.Level == level),
        Ss => descriptor.IsWritable && descriptor.Level == level && requested == level,
        _ => descriptor.IsReadable && (descriptor.IsConforming || (descriptor.Level >= level && descriptor.Level >= requested)),
    };

    private static void Set(uint segment, in SegmentDescriptor descriptor, uint rights)
    {
        CurrentVmcs.Write(VmcsGuestNatural.EsBase + (segment * 2), descriptor.Base);
        CurrentVmcs.Write(VmcsGuest32.EsLimit + (segment * 2), descriptor.Limit);
        CurrentVmcs.Write(VmcsGuest32.EsAccessRights + (segment * 2), rights);
    }

    /// <summary>Linear address of a selector's descriptor; false if its table does not reach there.</summary>
    public static bool TryFind(ushort selector, out uint address)
    {
        bool local = (selector & 4) != 0;
        uint offset = selector & 0xFFF8u;
        uint limit = CurrentVmcs.Read(local ? VmcsGuest32.LdtrLimit : VmcsGuest32.GdtrLimit);
        address = (uint)CurrentVmcs.Read(local ? VmcsGuestNatural.LdtrBase : VmcsGuestNatural.GdtrBase) + offset;
        bool usable = !local || (CurrentVmcs.Read(VmcsGuest32.LdtrAccessRights) & Unusable) == 0;
        return usable && offset + 7 <= limit;
    }

    private static bool IsNull(ushort selector) => (selector & 0xFFFC) == 0;

    private static GuestFault Wrong(byte vector, ushort selector, uint external) => new(vector, (selector & 0xFFFCu) | external);
}
