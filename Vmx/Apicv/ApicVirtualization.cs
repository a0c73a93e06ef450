using Multicosm.Machine;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Apicv;

/// <summary>
/// APIC-register virtualization and virtual-interrupt delivery: most accesses to the local APIC, and the delivery of its interrupts, without an exit.
/// Only in xAPIC mode; in the others a vCPU goes on as on a CPU that has none of it, but for CR8: the TPR shadow is in use always where there is one.
/// </summary>
/// <source>SDM 3C, "APIC Virtualization and Virtual Interrupts"</source>
internal static unsafe class ApicVirtualization
{
    private const int TriggerMode = 0x180;
    private const int EoiBitmaps = 4;
    private const SecondaryControls Secondary = SecondaryControls.VirtualizeApicAccesses | SecondaryControls.ApicRegisterVirtualization
        | SecondaryControls.VirtualInterruptDelivery;

    /// <summary>Prepares a fresh VMCS; <see cref="Synchronize"/> then switches on what the guest's mode allows.</summary>
    public static void Reset(VmxVcpu vcpu)
    {
        vcpu.IsApicShared = false;
        if (vcpu.Interrupts.Registers is not VirtualApicPage page)
        {
            return;
        }

        CurrentVmcs.Write(VmcsControl64.VirtualApicAddress, page.Address.Value);
        if (page.IsProcessorPage)
        {
            CurrentVmcs.Write(VmcsControl64.ApicAccessAddress, vcpu.Domain.ApicAccess.Address.Value);
            CurrentVmcs.Write(VmcsGuest16.InterruptStatus, 0);
            for (uint i = 0; i < EoiBitmaps; i++)
            {
                CurrentVmcs.Write(VmcsControl64.EoiExit0 + (i * 2), 0UL);
            }
        }

        Synchronize(vcpu);
    }

    /// <summary>Before an entry, after the registers have changed: tells the processor what waits for a lower CR8, which vectors are requested and whose EOI we want to see.</summary>
    public static void Synchronize(VmxVcpu vcpu)
    {
        InterruptController interrupts = vcpu.Interrupts;
        interrupts.HasChanged = false;
        if (interrupts.IsShared != vcpu.IsApicShared)
        {
            Switch(vcpu, interrupts.IsShared);
        }

        // Without virtual-interrupt delivery MOV CR8 exits when it goes below; the processor refuses one that is above what CR8 holds.
        CurrentVmcs.Write(VmcsControl32.TprThreshold, (uint)interrupts.TaskThreshold);
        if (!vcpu.IsApicShared)
        {
            return;
        }

        for (uint i = 0; i < EoiBitmaps; i++)
        {
            int register = TriggerMode + ((int)i * 0x20);
            ulong level = interrupts.Registers.Read(register) | ((ulong)interrupts.Registers.Read(register + 0x10) << 32);
            CurrentVmcs.Write(VmcsControl64.EoiExit0 + (i * 2), level);
        }

        int requested = System.Math.Max(interrupts.HighestRequest, 0);
        int inService = System.Math.Max(interrupts.HighestInService, 0);
        CurrentVmcs.Write(VmcsGuest16.InterruptStatus, (ushort)((inService << 8) | requested));
    }

    /// <summary>The guest wrote a register, and the processor has stored what it wrote: now it must have its effect.</summary>
    public static ExitAction Written(VmxVcpu vcpu)
    {
        int offset = (int)vcpu.Registers->Qualification & 0xFF0;
        vcpu.Devices!.WriteMemory(new GuestPhysicalAddress(VmxDomain.ApicBase + (ulong)offset), 4, vcpu.Interrupts.Registers.Read(offset));
        return ExitAction.Served;
    }

    /// <summary>The guest ended a level-triggered interrupt, which the processor has taken out of service.</summary>
    public static ExitAction Ended(VmxVcpu vcpu)
    {
        vcpu.Interrupts.OnEndOfInterrupt((byte)vcpu.Registers->Qualification);
        return ExitAction.Resume;
    }

    private static void Switch(VmxVcpu vcpu, bool on)
    {
        vcpu.IsApicShared = on;
        uint secondary = CurrentVmcs.Read(VmcsControl32.SecondaryProcessorBased) & ~(uint)Secondary;
        CurrentVmcs.Write(VmcsControl32.SecondaryProcessorBased, on ? secondary | (uint)Secondary : secondary);
        vcpu.Domain.MapApicAccess(on);
        VmxBackend.InvalidateEpt(vcpu.Domain.Tables.Pointer);
    }
}
