using Multicosm.Machine;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Cpu;

/// <summary>The CPU that the host's loop runs on.</summary>
public sealed class HostProcessor(HostInterrupts interrupts, SerialLine line) : Processor
{
    /// <inheritdoc/>
    public override void Idle(ulong deadlineTicks)
    {
        interrupts.ArmDeadline(deadlineTicks);
        CpuInstructions.Idle();
        interrupts.DispatchTaken();
        line.Service();
    }

    /// <inheritdoc/>
    public override void Poll()
    {
        CpuInstructions.TakeInterrupts();
        interrupts.DispatchTaken();
        line.Service();
    }
}
