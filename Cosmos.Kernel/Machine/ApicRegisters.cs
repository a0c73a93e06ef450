namespace Multicosm.Machine;

/// <summary>The register page of a local APIC: an array, or the virtual-APIC page that the processor shares.</summary>
public abstract class ApicRegisters
{
    /// <summary>True if they lie in a page that the processor itself can read and change: see <see cref="InterruptController.IsShared"/>.</summary>
    public virtual bool IsProcessorPage => false;

    /// <summary>The 32-bit register at <paramref name="offset"/> (0..0xFF0, a multiple of 16).</summary>
    public abstract uint Read(int offset);

    /// <summary>Sets the 32-bit register at <paramref name="offset"/>.</summary>
    public abstract void Write(int offset, uint value);

    /// <summary>Sets all registers to 0.</summary>
    public abstract void Clear();
}
