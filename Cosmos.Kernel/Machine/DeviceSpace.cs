namespace Multicosm.Machine;

/// <summary>A domain's devices as its processor reaches them: ports and emulated memory. A backend asks here what it can answer without leaving its run.</summary>
public abstract class DeviceSpace
{
    /// <summary>IN of 1, 2 or 4 bytes.</summary>
    public abstract uint ReadPort(ushort port, int sizeBytes);

    /// <summary>OUT of the low 1, 2 or 4 bytes of <paramref name="value"/>.</summary>
    public abstract void WritePort(ushort port, int sizeBytes, uint value);

    /// <summary>Read of 1, 2, 4 or 8 bytes of emulated memory.</summary>
    public abstract ulong ReadMemory(GuestPhysicalAddress address, int sizeBytes);

    /// <summary>Write of the low 1, 2, 4 or 8 bytes of <paramref name="value"/> to emulated memory.</summary>
    public abstract void WriteMemory(GuestPhysicalAddress address, int sizeBytes, ulong value);

    /// <summary>True if the guest has asked to be switched off or reset: the run ends before its next instruction.</summary>
    public bool EndsRun { get; set; }
}
