using Multicosm.Devices.Apic;
using Multicosm.Machine;

namespace Multicosm.Devices.Bus;

/// <summary>An interrupt wire that ends at an input of the I/O APIC alone.</summary>
public sealed class IoApicLine(IoApic ioApic, int pin) : InterruptLine
{
    /// <inheritdoc/>
    public override void Set(bool asserted) => ioApic.SetInput(pin, asserted);
}
