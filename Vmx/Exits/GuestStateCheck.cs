using System;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>The manual's checks on the guest-state area, made again in software after an entry failure, to say which one it was.</summary>
/// <source>SDM 3C, "Checks on the Guest State Area"</source>
internal static class GuestStateCheck
{
    private const ulong LongModeEnable = 1 << 8;
    private const ulong LongModeActive = 1 << 10;
    private const uint Unusable = 1 << 16;
    private const ulong VirtualMode = 1 << 17;

    /// <summary>Finds the first field of the current VMCS that breaks a check; false if none does.</summary>
    public static bool TryFindViolation(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule) =>
        TryControlRegisters(out field, out value, out rule)
        || TryMsrs(out field, out value, out rule)
        || TryFlags(out field, out value, out rule)
        || TrySegments(out field, out value, out rule)
        || TryTables(out field, out value, out rule)
        || TryNonRegister(out field, out value, out rule);

    private static bool TryControlRegisters(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        ulong cr4 = CurrentVmcs.Read(VmcsGuestNatural.Cr4);
        ulong cr3 = CurrentVmcs.Read(VmcsGuestNatural.Cr3);
        bool ia32e = IsIa32e();
        value = CurrentVmcs.Read(VmcsGuestNatural.Cr0);
        field = "guest CR0"u8;
        rule = Rule((value & (1UL << 31)) != 0 && (value & 1) == 0, "PG needs PE"u8, (value & (1 << 5)) == 0, "NE must be 1 in VMX operation"u8);
        if (rule.Length == 0)
        {
            rule = Rule(ia32e && (value & (1UL << 31)) == 0, "IA-32e mode needs PG"u8, value >> 32 != 0, "bits 63:32 must be 0"u8);
        }

        if (rule.Length == 0)
        {
            value = cr4;
            field = "guest CR4"u8;
            rule = Rule((cr4 & (1 << 13)) == 0, "VMXE must be 1 in VMX operation"u8, ia32e && (cr4 & (1 << 5)) == 0, "IA-32e mode needs PAE"u8);
            rule = rule.Length == 0 ? Rule(!ia32e && (cr4 & (1 << 17)) != 0, "PCIDE needs IA-32e mode"u8, false, default) : rule;
        }

        if (rule.Length == 0)
        {
            value = cr3;
            field = "guest CR3"u8;
            rule = Rule(cr3 >> AddressBits() != 0, "bits beyond the physical-address width must be 0"u8, false, default);
        }

        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuestNatural.Dr7);
            field = "guest DR7"u8;
            rule = Rule(value >> 32 != 0, "bits 63:32 must be 0"u8, false, default);
        }

        return rule.Length != 0;
    }

    private static bool TryMsrs(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        bool paging = (CurrentVmcs.Read(VmcsGuestNatural.Cr0) & (1UL << 31)) != 0;
        value = CurrentVmcs.Read(VmcsGuest64.Efer);
        field = "guest IA32_EFER"u8;
        bool active = (value & LongModeActive) != 0;
        rule = Rule(active != IsIa32e(), "LMA must equal the IA-32e-mode-guest control"u8, paging && active != ((value & LongModeEnable) != 0), "LMA must equal LME with paging"u8);
        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuest64.Pat);
            field = "guest IA32_PAT"u8;
            rule = Rule(!IsPatValid(value), "each byte must be a memory type"u8, false, default);
        }

        return rule.Length != 0;
    }

    private static bool TryFlags(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        bool protectedMode = (CurrentVmcs.Read(VmcsGuestNatural.Cr0) & 1) != 0;
        value = CurrentVmcs.Read(VmcsGuestNatural.Rflags);
        field = "guest RFLAGS"u8;
        rule = Rule((value & 2) == 0 || (value & 0xFFFFFFFFFFC08028) != 0, "reserved bits are fixed"u8, (value & VirtualMode) != 0 && (IsIa32e() || !protectedMode), "VM needs PE and no IA-32e mode"u8);
        uint injected = CurrentVmcs.Read(VmcsControl32.EntryInterruptionInfo);
        bool injectsInterrupt = (injected & 0x80000700) == 0x80000000;
        if (rule.Length == 0)
        {
            rule = Rule(injectsInterrupt && (value & (1 << 9)) == 0, "IF must be 1 when an external interrupt is injected"u8, false, default);
        }

        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuestNatural.Rip);
            field = "guest RIP"u8;
            bool code64 = IsIa32e() && (CurrentVmcs.Read(VmcsGuest32.CsAccessRights) & (1 << 13)) != 0;
            rule = Rule(!code64 && value >> 32 != 0, "bits 63:32 must be 0 outside 64-bit code"u8, code64 && !IsCanonical(value), "must be canonical"u8);
        }

        return rule.Length != 0;
    }

    private static bool TrySegments(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        bool virtualMode = (CurrentVmcs.Read(VmcsGuestNatural.Rflags) & VirtualMode) != 0;
        for (uint index = 0; index < 8; index++)
        {
            value = CurrentVmcs.Read(VmcsGuest32.EsAccessRights + (index * 2));
            uint limit = CurrentVmcs.Read(VmcsGuest32.EsLimit + (index * 2));
            field = RightsName(index);
            rule = virtualMode && index < 6
                ? Rule(value != 0xF3, "virtual-8086 segments have rights 0xF3"u8, limit != 0xFFFF, "virtual-8086 segments have limit 0xFFFF"u8)
                : SegmentRule(index, (uint)value, limit);
            if (rule.Length != 0)
            {
                return true;
            }
        }

        field = default;
        rule = default;
        value = 0;
        return false;
    }

    private static ReadOnlySpan<byte> SegmentRule(uint index, uint rights, uint limit)
    {
        const uint Cs = 1;
        const uint Tr = 7;
        const uint Ldtr = 6;
        uint type = rights & 15;
        bool usable = (rights & Unusable) == 0;
        if (index == Tr)
        {
            return Rule(!usable || (type != 11 && (IsIa32e() || type != 3)), "TR must be a busy TSS (64-bit in IA-32e mode)"u8, (rights & 0x90) != 0x80, "TR must be a present system segment"u8);
        }

        if (!usable)
        {
            return Rule(index == Cs, "CS must be usable"u8, false, default);
        }

        if (index == Ldtr)
        {
            return Rule(type != 2, "LDTR must be an LDT"u8, (rights & 0x90) != 0x80, "LDTR must be a present system segment"u8);
        }

        ReadOnlySpan<byte> rule = index == Cs
            ? Rule(type is not (3 or 9 or 11 or 13 or 15), "CS must be accessed code, or accessed writable data"u8, IsIa32e() && (rights & 0x6000) == 0x6000, "L and D/B of CS exclude each other"u8)
            : Rule((type & 1) == 0, "a usable segment must be accessed"u8, (type & 8) != 0 && (type & 2) == 0, "a code segment here must be readable"u8);
        if (rule.Length != 0)
        {
            return rule;
        }

        bool fine = (limit & 0xFFF) != 0xFFF;
        bool coarse = limit >> 20 != 0;
        rule = Rule((rights & 0x90) != 0x90, "must be a present code or data segment"u8, (rights & 0xFFFE0F00) != 0, "reserved bits must be 0"u8);
        return rule.Length != 0 ? rule : Rule(fine && (rights & 0x8000) != 0, "G must be 0 with a limit not ending in 0xFFF"u8, coarse && (rights & 0x8000) == 0, "G must be 1 with a limit over 1 MiB"u8);
    }

    private static bool TryTables(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        if (TryBases(out field, out value, out rule) || TryPdptes(out field, out value, out rule))
        {
            return true;
        }

        value = CurrentVmcs.Read(VmcsGuestNatural.GdtrBase);
        field = "guest GDTR base"u8;
        rule = Rule(!IsCanonical(value), "must be canonical"u8, false, default);
        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuestNatural.IdtrBase);
            field = "guest IDTR base"u8;
            rule = Rule(!IsCanonical(value), "must be canonical"u8, false, default);
        }

        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuest32.GdtrLimit) | CurrentVmcs.Read(VmcsGuest32.IdtrLimit);
            field = "guest GDTR or IDTR limit"u8;
            rule = Rule(value >> 16 != 0, "bits 31:16 must be 0"u8, false, default);
        }

        return rule.Length != 0;
    }

    // FS, GS, TR, LDTR and the SYSENTER addresses are 64 bits wide; CS, and SS, DS and ES where usable, have 32-bit bases.
    private static bool TryBases(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        for (uint index = 0; index < 8; index++)
        {
            bool usable = (CurrentVmcs.Read(VmcsGuest32.EsAccessRights + (index * 2)) & Unusable) == 0;
            value = CurrentVmcs.Read(VmcsGuestNatural.EsBase + (index * 2));
            field = BaseName(index);
            rule = index < 4
                ? Rule((usable || index == 1) && value >> 32 != 0, "bits 63:32 must be 0"u8, false, default)
                : Rule((usable || index != 6) && !IsCanonical(value), "must be canonical"u8, false, default);
            if (rule.Length != 0)
            {
                return true;
            }
        }

        value = CurrentVmcs.Read(VmcsGuestNatural.SysenterEsp);
        field = "guest IA32_SYSENTER_ESP"u8;
        rule = Rule(!IsCanonical(value), "must be canonical"u8, false, default);
        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuestNatural.SysenterEip);
            field = "guest IA32_SYSENTER_EIP"u8;
            rule = Rule(!IsCanonical(value), "must be canonical"u8, false, default);
        }

        return rule.Length != 0;
    }

    // PAE paging outside IA-32e mode holds its four top entries in the VMCS.
    private static bool TryPdptes(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        const ulong Reserved = 0x1E6;
        bool pae = (CurrentVmcs.Read(VmcsGuestNatural.Cr0) & (1UL << 31)) != 0 && (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & (1 << 5)) != 0 && !IsIa32e();
        field = "guest PDPTE"u8;
        rule = "reserved bits of a present entry must be 0"u8;
        value = 0;
        for (uint i = 0; pae && i < 4; i++)
        {
            value = CurrentVmcs.Read(VmcsGuest64.Pdpte0 + (i * 2));
            if ((value & 1) != 0 && ((value & Reserved) != 0 || value >> AddressBits() != 0))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryNonRegister(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        value = CurrentVmcs.Read(VmcsGuest32.ActivityState);
        field = "guest activity state"u8;
        rule = Rule(value > 3, "must be 0 to 3"u8, false, default);
        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuest32.Interruptibility);
            field = "guest interruptibility state"u8;
            bool interruptsOff = (CurrentVmcs.Read(VmcsGuestNatural.Rflags) & (1 << 9)) == 0;
            rule = Rule((value & 3) == 3, "STI and MOV SS blocking exclude each other"u8, (value & 1) != 0 && interruptsOff, "STI blocking needs IF"u8);
        }

        if (rule.Length == 0)
        {
            value = CurrentVmcs.Read(VmcsGuest64.VmcsLinkPointer);
            field = "VMCS link pointer"u8;
            rule = Rule(value != ulong.MaxValue, "must be all ones without shadow VMCS"u8, false, default);
        }

        return rule.Length != 0;
    }

    private static bool IsIa32e() => (CurrentVmcs.Read(VmcsControl32.Entry) & (uint)EntryControls.Ia32eModeGuest) != 0;

    /// <summary>True if bits 63:47 are equal.</summary>
    internal static bool IsCanonical(ulong address) => (ulong)((long)(address << 16) >> 16) == address;

    private static int AddressBits() => (int)(HostCpuid.Read(0x80000008, 0).Eax & 0xFF);

    private static bool IsPatValid(ulong pat)
    {
        for (int i = 0; i < 64; i += 8)
        {
            if ((byte)(pat >> i) is not (0 or 1 or 4 or 5 or 6 or 7))
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> Rule(bool first, ReadOnlySpan<byte> firstRule, bool second, ReadOnlySpan<byte> secondRule) =>
        first ? firstRule : second ? secondRule : default;

    private static ReadOnlySpan<byte> BaseName(uint index) => index switch
    {
        0 => "guest ES base"u8,
        1 => "guest CS base"u8,
        2 => "guest SS base"u8,
        3 => "guest DS base"u8,
        4 => "guest FS base"u8,
        5 => "guest GS base"u8,
        6 => "guest LDTR base"u8,
        _ => "guest TR base"u8,
    };

    private static ReadOnlySpan<byte> RightsName(uint index) => index switch
    {
        0 => "guest ES access rights"u8,
        1 => "guest CS access rights"u8,
        2 => "guest SS access rights"u8,
        3 => "guest DS access rights"u8,
        4 => "guest FS access rights"u8,
        5 => "guest GS access rights"u8,
        6 => "guest LDTR access rights"u8,
        _ => "guest TR access rights"u8,
    };
}
