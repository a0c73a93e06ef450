using Multicosm.Devices.Apic;
using Multicosm.Devices.Legacy;
using Multicosm.Machine;

namespace Multicosm.Devices.Bus;

/// <summary>
/// An ISA interrupt wire: it ends at an input of the 8259 pair and at a pin of the I/O APIC (IRQ 0 at pin 2, the others at their own number). When the board
/// resets the controllers it resets the device too, which lowers the wire.
/// </summary>
public sealed class IsaInterruptLine : InterruptLine
{
    private readonly Pic8259Pair _pic;
    private readonly IoApic _ioApic;
    private readonly int _irq;
    private readonly int _pin;
    private bool _level;

    /// <summary>The wire of IRQ <paramref name="irq"/>, 0..15 but not 2, which is the cascade.</summary>
    public IsaInterruptLine(Pic8259Pair pic, IoApic ioApic, int irq)
    {
        _pic = pic;
        _ioApic = ioApic;
        _irq = irq & 15;
        _pin = _irq == 0 ? 2 : _irq;
    }

    /// <inheritdoc/>
    public override void Set(bool asserted)
    {
        if (asserted == _level)
        {
            return; // most register accesses change no wire
        }

        _level = asserted;
        _pic.SetInput(_irq, asserted);
        _ioApic.SetInput(_pin, asserted);
    }
}
