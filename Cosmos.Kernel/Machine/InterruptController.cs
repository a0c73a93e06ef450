using System.Runtime.CompilerServices;

namespace Multicosm.Machine;

/// <summary>What a backend sees of a vCPU's interrupt controllers: whether a vector waits, and which.</summary>
public abstract class InterruptController
{
    /// <summary>No page's address.</summary>
    public const ulong NoPage = ulong.MaxValue;

    private const uint Interrupt = 1;
    private const uint Nmi = 2;
    private const uint Change = 4;
    private const int ThresholdShift = 4;

    private uint _pending;

    /// <summary>True if an interrupt, an NMI or a change waits, or something for a lower task priority: the one question that every entry asks.</summary>
    public bool HasPending => _pending != 0;

    /// <summary>True if <see cref="TryAcknowledge"/> would give a vector now: never one that the processor delivers. Kept up to date by the controllers.</summary>
    public bool IsPending => (_pending & Interrupt) != 0;

    /// <summary>True if an NMI waits. The backend clears it when it injects the NMI.</summary>
    public bool IsNmiPending
    {
        get => (_pending & Nmi) != 0;
        set => Set(Nmi, value);
    }

    /// <summary>
    /// True if registers that the processor shares have changed: vectors requested, the trigger modes, <see cref="TaskThreshold"/>, or <see cref="IsShared"/> itself.
    /// The backend clears it when it has told the processor.
    /// </summary>
    public bool HasChanged
    {
        get => (_pending & Change) != 0;
        set => Set(Change, value);
    }

    /// <summary>
    /// The priority class of the vector that nothing but the task priority holds back, or 0: it can be delivered once CR8 is lower. A guest changes CR8
    /// without our seeing it where the processor has the register: <see cref="LookAtTaskPriority"/>.
    /// </summary>
    public int TaskThreshold => (int)(_pending >> ThresholdShift);

    /// <summary>Guest TSC minus host TSC. A deadline that is armed stays the same in the guest's count, so setting this moves it in ours.</summary>
    public abstract ulong TscOffset { get; set; }

    /// <summary>The local APIC's registers.</summary>
    public abstract ApicRegisters Registers { get; }

    /// <summary>True while the processor may use the page of <see cref="Registers"/> and deliver what they request: in xAPIC mode, not switched off.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Guest physical address of the page of <see cref="Registers"/>, or <see cref="NoPage"/> while no memory access reaches them.</summary>
    public abstract ulong PageAddress { get; }

    /// <summary>The highest vector that the registers request, or -1.</summary>
    public abstract int HighestRequest { get; }

    /// <summary>The highest vector in service, or -1.</summary>
    public abstract int HighestInService { get; }

    /// <summary>Takes the highest waiting vector into service, as the INTA cycle does; false if none waits.</summary>
    public abstract bool TryAcknowledge(out byte vector);

    /// <summary>Computes what waits with the task priority that the guest has set by now.</summary>
    public abstract void LookAtTaskPriority();

    /// <summary>The processor has taken <paramref name="vector"/>, whose trigger mode is level, out of service for the guest.</summary>
    public abstract void OnEndOfInterrupt(byte vector);

    /// <summary>RDMSR of IA32_APIC_BASE, IA32_TSC_DEADLINE or 0x800 to 0x8FF; false means #GP(0).</summary>
    public abstract bool TryReadMsr(uint index, out ulong value);

    /// <summary>WRMSR of such a register; false, and nothing changed, means #GP(0).</summary>
    public abstract bool TryWriteMsr(uint index, ulong value);

    /// <summary>Sets <see cref="IsPending"/> and <see cref="TaskThreshold"/>, whose change the processor has to be told.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void SetPending(bool isPending, int taskThreshold)
    {
        uint pending = (_pending & (Nmi | Change)) | (isPending ? Interrupt : 0) | ((uint)taskThreshold << ThresholdShift);
        _pending = (pending ^ _pending) >> ThresholdShift == 0 ? pending : pending | Change;
    }

    private void Set(uint flag, bool value) => _pending = value ? _pending | flag : _pending & ~flag;
}
