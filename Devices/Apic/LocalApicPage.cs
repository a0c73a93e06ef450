using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>A local APIC's registers as memory: 32-bit accesses at multiples of 16. All ones unless the APIC is in xAPIC mode.</summary>
/// <source>SDM 3A, "The Local APIC Block Diagram"</source>
internal sealed class LocalApicPage(LocalApic apic) : MmioDevice
{
    private readonly LocalApic _apic = apic;

    private bool IsMapped => _apic.IsEnabled && !_apic.IsX2Apic;

    /// <inheritdoc/>
    public override ulong Read(ulong offset, int sizeBytes)
    {
        if (!IsMapped)
        {
            return ulong.MaxValue;
        }

        // Parts of a register are undefined by the manual; processors give them. Between registers there is nothing.
        int part = (int)(offset & 15);
        return part < 4 ? (ulong)_apic.ReadRegister((int)(offset & 0xFF0)) >> (8 * part) : 0;
    }

    /// <inheritdoc/>
    public override void Write(ulong offset, int sizeBytes, ulong value)
    {
        if (IsMapped && (offset & 15) == 0 && sizeBytes >= 4)
        {
            _apic.WriteRegister((int)(offset & 0xFF0), (uint)value);
        }
    }
}
