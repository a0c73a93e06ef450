using System;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Vmx.Capabilities;

/// <summary>What this CPU's VT-x can do, and the control values that follow. A CPU that cannot is told by <see cref="Reason"/> what it lacks.</summary>
/// <source>SDM 3D, Appendix A "VMX Capability Reporting Facility"; SDM 3C, "Enabling and Entering VMX Operation"</source>
internal sealed unsafe class VmxCapabilities
{
    private const uint VmxFeature = 1 << 5;
    private const ulong FeatureControlLock = 1;
    private const ulong FeatureControlVmx = 1 << 2;
    private readonly byte[] _reason = new byte[160];
    private int _reasonLength;

    /// <summary>Reads the capabilities; sets FEATURE_CONTROL where the firmware left it unlocked.</summary>
    public VmxCapabilities()
    {
        if (IsAmd())
        {
            Append("AMD"u8);
        }
        else if ((HostCpuid.Read(1, 0).Ecx & VmxFeature) == 0)
        {
            Append("no VMX"u8);
        }
        else if (!TryUnlock())
        {
            Append("locked off by firmware"u8);
        }
        else
        {
            ReadControls();
        }
    }

    /// <summary>Why VT-x is not usable here, UTF-8; empty if it is.</summary>
    public ReadOnlySpan<byte> Reason => new(_reason, 0, _reasonLength);

    /// <summary>True if guests can run.</summary>
    public bool IsUsable => _reasonLength == 0;

    /// <summary>Revision identifier of VMCS regions.</summary>
    public uint Revision { get; private set; }

    /// <summary>Pin-based controls.</summary>
    public uint Pin { get; private set; }

    /// <summary>Primary processor-based controls.</summary>
    public uint Primary { get; private set; }

    /// <summary>Secondary processor-based controls.</summary>
    public uint Secondary { get; private set; }

    /// <summary>VM-exit controls.</summary>
    public uint Exit { get; private set; }

    /// <summary>VM-entry controls, without IA-32e mode.</summary>
    public uint Entry { get; private set; }

    /// <summary>True if the preemption timer is there.</summary>
    public bool HasPreemptionTimer => (Pin & (uint)PinControls.PreemptionTimer) != 0;

    /// <summary>True if TLB entries are tagged.</summary>
    public bool HasVpid => (Secondary & (uint)SecondaryControls.EnableVpid) != 0;

    /// <summary>True if a guest reads and writes CR8 without an exit.</summary>
    public bool HasTprShadow { get; private set; }

    /// <summary>True if the processor can answer a guest's local APIC accesses and deliver its interrupts.</summary>
    public bool HasApicv { get; private set; }

    /// <summary>The preemption timer counts down when TSC bit n changes.</summary>
    public int PreemptionTimerShift { get; private set; }

    /// <summary>CR0 bits that are 1 in VMX operation, but for PE and PG, which an unrestricted guest may clear.</summary>
    public ulong Cr0Fixed { get; private set; }

    /// <summary>CR4 bits that are 1 in VMX operation.</summary>
    public ulong Cr4Fixed { get; private set; }

    /// <summary>CR4 bits that this CPU knows.</summary>
    public ulong Cr4Known { get; private set; }

    /// <summary>Physical-address width of this CPU in bits.</summary>
    public int PhysicalAddressBits { get; private set; }

    private static bool IsAmd()
    {
        CpuidResult vendor = HostCpuid.Read(0, 0);
        bool amd = vendor.Ebx == 0x68747541 && vendor.Edx == 0x69746E65 && vendor.Ecx == 0x444D4163;
        bool hygon = vendor.Ebx == 0x6F677948 && vendor.Edx == 0x6E65476E && vendor.Ecx == 0x656E6975;
        return amd || hygon;
    }

    private static bool TryUnlock()
    {
        ulong control = CpuInstructions.ReadMsr(VmxMsr.FeatureControl);
        if ((control & FeatureControlLock) != 0)
        {
            return (control & FeatureControlVmx) != 0;
        }

        return CpuInstructions.TryWriteMsr(VmxMsr.FeatureControl, control | FeatureControlVmx | FeatureControlLock) != 0;
    }

    private void ReadControls()
    {
        ulong basic = CpuInstructions.ReadMsr(VmxMsr.Basic);
        Revision = (uint)basic & 0x7FFFFFFF;
        bool trueControls = (basic & (1UL << 55)) != 0;
        PreemptionTimerShift = (int)CpuInstructions.ReadMsr(VmxMsr.Miscellaneous) & 31;
        Cr0Fixed = CpuInstructions.ReadMsr(VmxMsr.Cr0Fixed0) & ~((1UL << 31) | 1);
        Cr4Fixed = CpuInstructions.ReadMsr(VmxMsr.Cr4Fixed0);
        Cr4Known = CpuInstructions.ReadMsr(VmxMsr.Cr4Fixed1);
        PhysicalAddressBits = (int)(HostCpuid.Read(0x80000008, 0).Eax & 0xFF);
        ReadPrimary(Capability(trueControls ? VmxMsr.TrueProcessorBased : VmxMsr.ProcessorBased));
        if (!IsUsable)
        {
            return;
        }

        ReadSecondary(Capability(VmxMsr.SecondaryProcessorBased));
        if (!IsUsable)
        {
            return;
        }

        CheckEpt(CpuInstructions.ReadMsr(VmxMsr.EptVpid));
        ReadPin(Capability(trueControls ? VmxMsr.TruePinBased : VmxMsr.PinBased));
        ReadExit(Capability(trueControls ? VmxMsr.TrueExit : VmxMsr.Exit));
        ReadEntry(Capability(trueControls ? VmxMsr.TrueEntry : VmxMsr.Entry));
    }

    private static ControlCapability Capability(uint msr) => new(CpuInstructions.ReadMsr(msr));

    private void ReadPrimary(ControlCapability capability)
    {
        const PrimaryControls Required = PrimaryControls.UseTscOffsetting | PrimaryControls.HltExiting | PrimaryControls.UseIoBitmaps | PrimaryControls.UseMsrBitmaps
            | PrimaryControls.MwaitExiting | PrimaryControls.MonitorExiting | PrimaryControls.RdpmcExiting;
        if (!capability.TryNegotiate((uint)PrimaryControls.ActivateSecondaryControls, 0, out _, out _))
        {
            Append("no EPT"u8); // the first generation has no secondary controls at all
            return;
        }

        HasTprShadow = capability.TryNegotiate((uint)PrimaryControls.UseTprShadow, 0, out _, out _);
        PrimaryControls cr8 = HasTprShadow ? PrimaryControls.UseTprShadow : PrimaryControls.Cr8LoadExiting | PrimaryControls.Cr8StoreExiting;
        bool complete = capability.TryNegotiate((uint)(Required | cr8 | PrimaryControls.ActivateSecondaryControls), 0, out uint value, out uint missing);
        Primary = value;
        if (!complete)
        {
            AppendIf(missing, (uint)PrimaryControls.UseMsrBitmaps, "no MSR bitmaps"u8);
            AppendIf(missing, (uint)PrimaryControls.UseIoBitmaps, "no I/O bitmaps"u8);
            AppendIf(missing, ~(uint)(PrimaryControls.UseMsrBitmaps | PrimaryControls.UseIoBitmaps), "primary controls missing"u8);
        }
    }

    private void ReadSecondary(ControlCapability capability)
    {
        uint optional = (uint)(SecondaryControls.EnableVpid | SecondaryControls.EnableRdtscp | SecondaryControls.EnableInvpcid | SecondaryControls.WbinvdExiting
            | SecondaryControls.EnableXsaves);
        if (!capability.TryNegotiate((uint)(SecondaryControls.EnableEpt | SecondaryControls.UnrestrictedGuest), optional, out uint value, out uint missing))
        {
            Append((missing & (uint)SecondaryControls.EnableEpt) != 0 ? "no EPT"u8 : "no unrestricted guest"u8);
        }

        Secondary = value;
        HasApicv = HasTprShadow && capability.TryNegotiate(
            (uint)(SecondaryControls.VirtualizeApicAccesses | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery),
            0,
            out _,
            out _);
    }

    // The tables are write-back, four levels deep, with 2 MiB leaves, and are invalidated by INVEPT.
    private void CheckEpt(ulong capability)
    {
        AppendIf(~capability, 1UL << 6, "no EPT page-walk length 4"u8);
        AppendIf(~capability, 1UL << 14, "no write-back EPT"u8);
        AppendIf(~capability, 1UL << 16, "no EPT 2 MiB pages"u8);
        AppendIf(~capability, (1UL << 20) | (1UL << 25), "no INVEPT"u8); // with its single-context type
        bool hasInvVpid = (capability & (1UL << 32)) != 0 && (capability & (1UL << 41)) != 0;
        if (!hasInvVpid)
        {
            Secondary &= ~(uint)SecondaryControls.EnableVpid;
        }
    }

    private void ReadPin(ControlCapability capability)
    {
        const PinControls Required = PinControls.ExternalInterruptExiting | PinControls.NmiExiting | PinControls.VirtualNmis;
        bool complete = capability.TryNegotiate((uint)Required, (uint)PinControls.PreemptionTimer, out uint value, out uint missing);
        Pin = value;
        if (!complete)
        {
            AppendIf(missing, (uint)PinControls.VirtualNmis, "no virtual NMIs"u8);
            AppendIf(missing, ~(uint)PinControls.VirtualNmis, "pin-based controls missing"u8);
        }
    }

    private void ReadExit(ControlCapability capability)
    {
        const ExitControls Required = ExitControls.HostAddressSpaceSize | ExitControls.AcknowledgeInterrupt | ExitControls.SavePat
            | ExitControls.LoadPat | ExitControls.SaveEfer | ExitControls.LoadEfer | ExitControls.SaveDebugControls;
        bool complete = capability.TryNegotiate((uint)Required, 0, out uint value, out _);
        Exit = value;
        if (!complete)
        {
            Append("VM-exit controls missing"u8);
        }
    }

    private void ReadEntry(ControlCapability capability)
    {
        const EntryControls Required = EntryControls.LoadPat | EntryControls.LoadEfer | EntryControls.LoadDebugControls;
        bool complete = capability.TryNegotiate((uint)Required, 0, out uint value, out _);
        Entry = value & ~(uint)EntryControls.Ia32eModeGuest;
        if (!complete)
        {
            Append("VM-entry controls missing"u8);
        }
    }

    private void AppendIf(ulong missing, ulong bit, ReadOnlySpan<byte> name)
    {
        if ((missing & bit) != 0)
        {
            Append(name);
        }
    }

    private void Append(ReadOnlySpan<byte> name)
    {
        if (_reasonLength + name.Length + 2 > _reason.Length)
        {
            return;
        }

        if (_reasonLength != 0)
        {
            ", "u8.CopyTo(new Span<byte>(_reason, _reasonLength, 2));
            _reasonLength += 2;
        }

        name.CopyTo(new Span<byte>(_reason, _reasonLength, name.Length));
        _reasonLength += name.Length;
    }
}
