using System;
using Multicosm.Machine;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Writes of CR0 and CR4 bits that the host keeps, and CR8.</summary>
/// <source>SDM 3A, "Control Registers"; SDM 3C, "Guest/Host Masks and Read Shadows for CR0 and CR4"</source>
internal static class ControlRegisterExits
{
    /// <summary>CR0 bits that the guest sees as it wrote them while the CPU keeps its own.</summary>
    public const ulong Cr0Kept = CacheDisable | NotWriteThrough | NumericError;

    private const ulong ProtectionEnable = 1;
    private const ulong NumericError = 1 << 5;
    private const ulong NotWriteThrough = 1 << 29;
    private const ulong CacheDisable = 1 << 30;
    private const ulong Paging = 1UL << 31;
    private const ulong Cr0Defined = 0xE005003F;
    private const ulong ExtensionType = 1 << 4;
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong ProcessContextIdentifiers = 1 << 17;
    private const ulong LongModeEnable = 1 << 8;
    private const ulong LongModeActive = 1 << 10;
    private const uint CodeIs64Bit = 1 << 13;
    private const uint Task32Bit = 1 << 3;
    private const ulong PdpteReserved = 0x1E6; // bits 8:5 and 2:1

    /// <summary>MOV to or from a control register, CLTS or LMSW.</summary>
    public static unsafe ExitAction Access(VmxVcpu vcpu)
    {
        ulong qualification = vcpu.Registers->Qualification;
        int control = (int)qualification & 15;
        int access = (int)(qualification >> 4) & 3;
        int register = (int)(qualification >> 8) & 15;
        return (control, access) switch
        {
            (0, 0) => WriteCr0(vcpu, vcpu.ReadRegister(register)),
            (4, 0) => WriteCr4(vcpu, vcpu.ReadRegister(register)),
            (8, 0) => WriteCr8(vcpu, vcpu.ReadRegister(register)),
            (8, 1) => ReadCr8(vcpu, register),
            (0, 3) => LoadMachineStatus(vcpu, (ushort)(qualification >> 16)),
            _ => vcpu.Fail(CrashReason.UnhandledExit, "a control-register access that no control asks for"u8),
        };
    }

    /// <summary>CR0 as the guest sees it.</summary>
    public static ulong VisibleCr0() =>
        (CurrentVmcs.Read(VmcsGuestNatural.Cr0) & ~Cr0Kept) | (CurrentVmcs.Read(VmcsControlNatural.Cr0Shadow) & Cr0Kept);

    /// <summary>Sets CR0 to what the guest wrote.</summary>
    public static void SetCr0(ulong value)
    {
        CurrentVmcs.Write(VmcsControlNatural.Cr0Shadow, value);
        CurrentVmcs.Write(VmcsGuestNatural.Cr0, (value & ~(CacheDisable | NotWriteThrough)) | NumericError | ExtensionType);
    }

    // LMSW exits only if it sets a kept bit; it writes bits 3:0 and cannot clear PE.
    private static ExitAction LoadMachineStatus(VmxVcpu vcpu, ushort source)
    {
        ulong old = VisibleCr0();
        return WriteCr0(vcpu, (old & ~0xEUL) | (source & 0xFUL));
    }

    private static ExitAction WriteCr0(VmxVcpu vcpu, ulong value)
    {
        value |= ExtensionType;
        bool invalid = value >> 32 != 0
            || ((value & Paging) != 0 && (value & ProtectionEnable) == 0)
            || ((value & NotWriteThrough) != 0 && (value & CacheDisable) == 0);
        if (invalid)
        {
            return Injection.GeneralProtection(vcpu);
        }

        value &= Cr0Defined;
        bool pagingChanges = ((VisibleCr0() ^ value) & Paging) != 0;
        if (pagingChanges && !TryChangePaging(vcpu, (value & Paging) != 0))
        {
            return Injection.GeneralProtection(vcpu);
        }

        SetCr0(value);
        if (pagingChanges)
        {
            VmxBackend.InvalidateVpid(vcpu.Vpid); // as MOV CR0 does
        }

        return ExitAction.Advance;
    }

    // With EFER.LME, paging switches IA-32e mode on and off; without it, PAE paging loads its four PDPTEs.
    private static bool TryChangePaging(VmxVcpu vcpu, bool on)
    {
        ulong efer = CurrentVmcs.Read(VmcsGuest64.Efer);
        ulong cr4 = CurrentVmcs.Read(VmcsGuestNatural.Cr4);
        uint entry = CurrentVmcs.Read(VmcsControl32.Entry);
        bool codeIs64Bit = (CurrentVmcs.Read(VmcsGuest32.CsAccessRights) & CodeIs64Bit) != 0;
        if ((efer & LongModeEnable) == 0)
        {
            return !on || (cr4 & PhysicalAddressExtension) == 0 || TryLoadPdptes(vcpu);
        }

        bool has16BitTask = (CurrentVmcs.Read(VmcsGuest32.TrAccessRights) & Task32Bit) == 0;
        if (codeIs64Bit || (on ? (cr4 & PhysicalAddressExtension) == 0 || has16BitTask : (cr4 & ProcessContextIdentifiers) != 0))
        {
            return false;
        }

        CurrentVmcs.Write(VmcsGuest64.Efer, on ? efer | LongModeActive : efer & ~LongModeActive);
        CurrentVmcs.Write(VmcsControl32.Entry, on ? entry | (uint)EntryControls.Ia32eModeGuest : entry & ~(uint)EntryControls.Ia32eModeGuest);
        return true;
    }

    /// <summary>After a change of CR3: with PAE paging, loads the four PDPTEs; false if one of them has reserved bits.</summary>
    public static bool TryReloadPdptes(VmxVcpu vcpu) => (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & PhysicalAddressExtension) == 0 || TryLoadPdptes(vcpu);

    private static bool TryLoadPdptes(VmxVcpu vcpu)
    {
        ulong table = CurrentVmcs.Read(VmcsGuestNatural.Cr3) & 0xFFFFFFE0;
        ulong reserved = PdpteReserved | (ulong.MaxValue << (int)(vcpu.Cpuid.Lookup(0x80000008, 0).Eax & 0xFF));
        Span<ulong> pdptes = stackalloc ulong[4];
        for (int i = 0; i < 4; i++)
        {
            if (!vcpu.Domain.Memory.TryReadUInt64(new GuestPhysicalAddress(table + ((ulong)i * 8)), out pdptes[i])
                || ((pdptes[i] & 1) != 0 && (pdptes[i] & reserved) != 0))
            {
                return false;
            }
        }

        for (int i = 0; i < 4; i++)
        {
            CurrentVmcs.Write(VmcsGuest64.Pdpte0 + ((uint)i * 2), pdptes[i]);
        }

        return true;
    }

    // Only bits that the guest's CPUID does not show, and VMXE, cause this exit when they change: they may not.
    private static ExitAction WriteCr4(VmxVcpu vcpu, ulong value)
    {
        if ((value & ~vcpu.Cr4Allowed) != 0)
        {
            return Injection.GeneralProtection(vcpu);
        }

        ulong kept = CurrentVmcs.Read(VmcsGuestNatural.Cr4) & ~vcpu.Cr4Allowed;
        CurrentVmcs.Write(VmcsGuestNatural.Cr4, value | kept);
        CurrentVmcs.Write(VmcsControlNatural.Cr4Shadow, value);
        return ExitAction.Advance;
    }

    private static ExitAction WriteCr8(VmxVcpu vcpu, ulong value) =>
        value > 15 ? Injection.GeneralProtection(vcpu) : vcpu.Ask(VcpuExitKind.TaskPriorityWrite, 0, 8, value, Completion.Advance);

    private static ExitAction ReadCr8(VmxVcpu vcpu, int register)
    {
        vcpu.Register = register;
        return vcpu.Ask(VcpuExitKind.TaskPriorityRead, 0, 8, 0, Completion.TaskPriorityRead);
    }
}
