using System;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>The manual's checks on control and host-state fields, made again after VMLAUNCH or VMRESUME has failed, to say which field it was.</summary>
/// <source>SDM 3C, "Checks on VMX Controls and Host-State Area"</source>
internal static class ControlStateCheck
{
    private const uint Valid = 1u << 31;

    /// <summary>Finds the first control or host field of the current VMCS that breaks a check; false if none does.</summary>
    public static bool TryFindViolation(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule) =>
        TryControls(out field, out value, out rule) || TryAddresses(out field, out value, out rule) || TryHost(out field, out value, out rule);

    private static bool TryControls(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        bool trueControls = (CpuInstructions.ReadMsr(VmxMsr.Basic) & (1UL << 55)) != 0;
        rule = "a bit is 0 that must be 1, or 1 that must be 0, by the capability MSR"u8;
        field = "pin-based controls"u8;
        value = CurrentVmcs.Read(VmcsControl32.PinBased);
        if (IsRefused(value, trueControls ? VmxMsr.TruePinBased : VmxMsr.PinBased))
        {
            return true;
        }

        field = "primary processor-based controls"u8;
        value = CurrentVmcs.Read(VmcsControl32.ProcessorBased);
        if (IsRefused(value, trueControls ? VmxMsr.TrueProcessorBased : VmxMsr.ProcessorBased))
        {
            return true;
        }

        field = "secondary processor-based controls"u8;
        value = CurrentVmcs.Read(VmcsControl32.SecondaryProcessorBased);
        if (IsRefused(value, VmxMsr.SecondaryProcessorBased))
        {
            return true;
        }

        field = "VM-exit controls"u8;
        value = CurrentVmcs.Read(VmcsControl32.Exit);
        if (IsRefused(value, trueControls ? VmxMsr.TrueExit : VmxMsr.Exit))
        {
            return true;
        }

        field = "VM-entry controls"u8;
        value = CurrentVmcs.Read(VmcsControl32.Entry);
        return IsRefused(value, trueControls ? VmxMsr.TrueEntry : VmxMsr.Entry);
    }

    private static bool TryAddresses(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        rule = "must be 4 KiB aligned and within the physical-address width"u8;
        field = "I/O bitmap A address"u8;
        value = CurrentVmcs.Read(VmcsControl64.IoBitmapA);
        if (!IsPage(value))
        {
            return true;
        }

        field = "I/O bitmap B address"u8;
        value = CurrentVmcs.Read(VmcsControl64.IoBitmapB);
        if (!IsPage(value))
        {
            return true;
        }

        field = "MSR bitmap address"u8;
        value = CurrentVmcs.Read(VmcsControl64.MsrBitmaps);
        if (!IsPage(value))
        {
            return true;
        }

        uint primary = CurrentVmcs.Read(VmcsControl32.ProcessorBased);
        uint secondary = CurrentVmcs.Read(VmcsControl32.SecondaryProcessorBased);
        field = "virtual-APIC address"u8;
        value = CurrentVmcs.Read(VmcsControl64.VirtualApicAddress);
        if ((primary & (uint)PrimaryControls.UseTprShadow) != 0 && !IsPage(value))
        {
            return true;
        }

        bool isShadowed = (primary & (uint)PrimaryControls.UseTprShadow) != 0 && (secondary & (uint)SecondaryControls.VirtualInterruptDelivery) == 0;
        if (isShadowed && CurrentVmcs.Read(VmcsControl32.TprThreshold) > 15)
        {
            field = "TPR threshold"u8;
            value = CurrentVmcs.Read(VmcsControl32.TprThreshold);
            rule = "must be at most 15"u8;
            return true;
        }

        field = "APIC-access address"u8;
        value = CurrentVmcs.Read(VmcsControl64.ApicAccessAddress);
        if ((secondary & (uint)SecondaryControls.VirtualizeApicAccesses) != 0 && !IsPage(value))
        {
            return true;
        }

        field = "secondary processor-based controls"u8;
        rule = "APIC virtualization needs the TPR shadow and external-interrupt exiting"u8;
        value = secondary;
        const uint Virtualized = (uint)(SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery);
        bool exits = (CurrentVmcs.Read(VmcsControl32.PinBased) & (uint)PinControls.ExternalInterruptExiting) != 0;
        if ((secondary & Virtualized) != 0 && !((primary & (uint)PrimaryControls.UseTprShadow) != 0 && exits))
        {
            return true;
        }

        field = "EPT pointer"u8;
        rule = "must name write-back memory, a walk of 4 levels and an aligned table"u8;
        value = CurrentVmcs.Read(VmcsControl64.EptPointer);
        if ((value & 0xF3F) != 0x1E && (value & 0xFBF) != 0x1E)
        {
            return true;
        }

        field = "VPID"u8;
        rule = "must not be 0 when VPIDs are enabled"u8;
        value = CurrentVmcs.Read(VmcsControl16.VirtualProcessorId);
        bool tagged = (secondary & (uint)SecondaryControls.EnableVpid) != 0;
        if (tagged && value == 0)
        {
            return true;
        }

        field = "VM-entry interruption information"u8;
        rule = "type, vector and error code must agree, and reserved bits be 0"u8;
        value = CurrentVmcs.Read(VmcsControl32.EntryInterruptionInfo);
        return (value & Valid) != 0 && IsEventRefused((uint)value);
    }

    private static bool TryHost(out ReadOnlySpan<byte> field, out ulong value, out ReadOnlySpan<byte> rule)
    {
        rule = "bits fixed in VMX operation are wrong"u8;
        field = "host CR0"u8;
        value = CurrentVmcs.Read(VmcsHostNatural.Cr0);
        if (IsFixedWrong(value, VmxMsr.Cr0Fixed0, VmxMsr.Cr0Fixed1))
        {
            return true;
        }

        field = "host CR4"u8;
        value = CurrentVmcs.Read(VmcsHostNatural.Cr4);
        if (IsFixedWrong(value, VmxMsr.Cr4Fixed0, VmxMsr.Cr4Fixed1))
        {
            return true;
        }

        field = "host CS or TR selector"u8;
        rule = "must not be 0, and RPL and TI must be 0"u8;
        value = CurrentVmcs.Read(VmcsHost16.CsSelector) | ((ulong)CurrentVmcs.Read(VmcsHost16.TrSelector) << 16);
        if ((value & 0xFFF8) == 0 || (value >> 16 & 0xFFF8) == 0 || (value & 0x00070007) != 0)
        {
            return true;
        }

        rule = "must be canonical"u8;
        for (uint index = 0; index < 8; index++)
        {
            field = index == 7 ? "host RIP"u8 : "a host base address"u8;
            value = CurrentVmcs.Read(index == 7 ? VmcsHostNatural.Rip : VmcsHostNatural.FsBase + (index * 2));
            if (!GuestStateCheck.IsCanonical(value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRefused(ulong value, uint msr)
    {
        ulong capability = CpuInstructions.ReadMsr(msr);
        return ((uint)capability & ~(uint)value) != 0 || ((uint)value & ~(uint)(capability >> 32)) != 0;
    }

    private static bool IsFixedWrong(ulong value, uint fixed0, uint fixed1) =>
        (CpuInstructions.ReadMsr(fixed0) & ~value) != 0 || (value & ~CpuInstructions.ReadMsr(fixed1)) != 0;

    private static bool IsPage(ulong address) =>
        (address & 4095) == 0 && address >> (int)(HostCpuid.Read(0x80000008, 0).Eax & 0xFF) == 0;

    // Type 1 is reserved, an NMI has vector 2, an exception a vector below 32, and only an exception has an error code.
    private static bool IsEventRefused(uint information)
    {
        uint type = information >> 8 & 7;
        uint vector = information & 0xFF;
        bool hasErrorCode = (information & (1 << 11)) != 0;
        return (information & 0x7FFFF000) != 0 || type == 1 || (type == 2 && vector != 2) || (type == 3 && vector > 31) || (hasErrorCode && type != 3);
    }
}
