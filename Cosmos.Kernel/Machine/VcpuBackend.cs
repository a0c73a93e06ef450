using System;
using System.Diagnostics.CodeAnalysis;

namespace Multicosm.Machine;

/// <summary>A way to run guests: VT-x (Vmx) or the Xen PV ABI (Paravirt). Methods that take a domain or vCPU take only this backend's own.</summary>
public abstract class VcpuBackend
{
    /// <summary>Name as the operator knows it, UTF-8.</summary>
    public abstract ReadOnlySpan<byte> Name { get; }

    /// <summary>Makes this processor able to run guests; <see cref="BackendStatus.Unusable"/> if it cannot.</summary>
    public abstract BackendStatus StartProcessor();

    /// <summary>True after a successful <see cref="StartProcessor"/>.</summary>
    public abstract bool IsUsable { get; }

    /// <summary>Why the PC cannot run this backend's guests, UTF-8; empty if it can.</summary>
    public abstract ReadOnlySpan<byte> UnusableReason { get; }

    /// <summary>True if this CPU's REP MOVSB and REP STOSB are the fast way: IA32_MISC_ENABLE bit 0, which guests choose their copy routines by.</summary>
    /// <source>SDM 4, "Model-Specific Registers (MSRs)"</source>
    public virtual bool HasFastStrings => true;

    /// <summary>Writes a "NAME: VALUE" line for each optional part of the hardware: in use, missing or switched off.</summary>
    public virtual void WriteFeatures(TextOutput output)
    {
    }

    /// <summary>Allocates a slot's part: the arena must be open. <paramref name="timers"/> and <paramref name="text"/>, where a guest may print without a device, are the slot's.</summary>
    public abstract BackendDomain CreateDomain(int slot, TimerQueue timers, CharSink text);

    /// <summary>Makes registers for a local APIC that the processor shares: the arena must be open. False if this PC's processor cannot.</summary>
    public virtual bool TryCreateApicRegisters([NotNullWhen(true)] out ApicRegisters? registers)
    {
        registers = null;
        return false;
    }

    /// <summary>Allocates a vCPU's part: the arena must be open.</summary>
    public abstract BackendVcpu CreateVcpu(BackendDomain domain, int index, InterruptController interrupts, CpuidTable cpuid, MsrTable msrs);

    /// <summary>Gives a domain that is built a little more memory, scrubbed, at an address of its own where nothing is; false if there is none, or not under this backend.</summary>
    public virtual bool TryAddMemory(BackendDomain domain, GuestPhysicalAddress address, int bytes) => false;

    /// <summary>
    /// Starts to give an empty domain <paramref name="memoryBytes"/> (a multiple of 2 MiB) of scrubbed RAM: from 0 to at most
    /// <paramref name="lowMemoryEnd"/>, the rest from 4 GiB. Nothing is allocated until <see cref="BuildStep"/>.
    /// </summary>
    public abstract BackendStatus StartBuild(BackendDomain domain, ulong memoryBytes, ulong lowMemoryEnd);

    /// <summary>The most that <paramref name="domain"/> takes beside its RAM of <paramref name="memoryBytes"/>, in bytes; it never gets more.</summary>
    public virtual ulong OverheadBytes(BackendDomain domain, ulong memoryBytes) => 0;

    /// <summary>One bounded step of building: allocate, scrub, map. InProgress until Success or OutOfMemory (then call Destroy).</summary>
    public abstract BackendStatus BuildStep(BackendDomain domain);

    /// <summary>How much of <paramref name="memoryBytes"/> a guest sees as its RAM.</summary>
    public virtual ulong GuestBytes(ulong memoryBytes) => memoryBytes;

    /// <summary>
    /// One bounded step of making what a PV kernel finds around its image when it starts: page tables, the list of its frames, start_info,
    /// shared pages, and its first vCPU. InProgress until Success; OutOfMemory if the domain's memory has no room.
    /// </summary>
    public virtual BackendStatus PlaceImage(BackendDomain domain, in ParavirtImage image, ReadOnlySpan<byte> commandLine) => BackendStatus.Unusable;

    /// <summary>Puts a vCPU of a built domain into its reset state.</summary>
    public abstract void ResetVcpu(BackendVcpu vcpu);

    /// <summary>Makes <paramref name="vcpu"/> the one that this processor will run.</summary>
    public abstract void Attach(BackendVcpu vcpu);

    /// <summary>Writes back all that the processor holds of <paramref name="vcpu"/>.</summary>
    public abstract void Detach(BackendVcpu vcpu);

    /// <summary>
    /// Ticks by which a run may end before its time: less than the way into the guest takes, so that what was due at its end does not come too
    /// early there.
    /// </summary>
    public virtual ulong EarlyTicks => 0;

    /// <summary>Runs an attached vCPU until its Exit needs an answer, or until <paramref name="deadlineTicks"/> or the first deadline of its domain's timers passes, at most <see cref="EarlyTicks"/> before it.</summary>
    public abstract void Run(BackendVcpu vcpu, ulong deadlineTicks);

    /// <summary>Completes the instruction of the last Exit with the vCPU's Reply.</summary>
    public abstract void Complete(BackendVcpu vcpu);

    /// <summary>Reads the registers of an attached vCPU.</summary>
    public abstract void ReadState(BackendVcpu vcpu, out VcpuState state);

    /// <summary>Reads the rest of an attached vCPU's registers; zeros from a backend that has none.</summary>
    public virtual void ReadSystemState(BackendVcpu vcpu, out VcpuSystemState state) => state = default;

    /// <summary>Writes the registers of an attached vCPU.</summary>
    public abstract void WriteState(BackendVcpu vcpu, in VcpuState state);

    /// <summary>One bounded step of giving back all that a domain owns: InProgress or Waiting, then Success. The vCPUs must be detached.</summary>
    public abstract BackendStatus DestroyStep(BackendDomain domain);

    /// <summary>Name of an exit in <see cref="ExitHistory"/>, UTF-8; empty for a reason that the manual does not name.</summary>
    public abstract ReadOnlySpan<byte> ExitName(uint reason);

    /// <summary>Puts the arguments of an exit in words, as "port 0x0020, 1 byte written, value 0x11"; nothing if they say nothing. Of one that <paramref name="isAnswered"/> denies no value read is shown.</summary>
    public virtual void WriteExitArguments(TextOutput output, in ExitHistoryEntry entry, bool isAnswered)
    {
    }
}
