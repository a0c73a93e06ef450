namespace Multicosm.Machine;

/// <summary>What a backend's Run hands up: neutral to the backend that ran.</summary>
public enum VcpuExitKind : byte
{
    /// <summary>Nothing to do: run again.</summary>
    None,

    /// <summary>The slice is over or the host has work; nothing is asked of a device.</summary>
    SliceEnd,

    /// <summary>IN: the router answers in <see cref="ExitReply.Value"/>.</summary>
    PortRead,

    /// <summary>OUT of <see cref="VcpuExit.Value"/>.</summary>
    PortWrite,

    /// <summary>Read of emulated memory at a guest physical address: answered in <see cref="ExitReply.Value"/>.</summary>
    MmioRead,

    /// <summary>Write of <see cref="VcpuExit.Value"/> to emulated memory.</summary>
    MmioWrite,

    /// <summary>MOV from CR8: answered with bits 7:4 of the task priority in Value bits 3:0.</summary>
    TaskPriorityRead,

    /// <summary>MOV to CR8 of <see cref="VcpuExit.Value"/> (0..15; the backend has refused others).</summary>
    TaskPriorityWrite,

    /// <summary>HLT with interrupts enabled or not: the vCPU waits for an interrupt.</summary>
    Halt,

    /// <summary>HLT with RFLAGS.IF = 0, if the backend tells it from <see cref="Halt"/>: only an NMI can wake the vCPU.</summary>
    HaltMasked,

    /// <summary>The domain cannot go on: <see cref="VcpuExit.Reason"/> says why.</summary>
    Crash,

    /// <summary>The guest rang for a <see cref="GuestService"/>, number <see cref="VcpuExit.Address"/>: that device is to look at its ring.</summary>
    Notify,

    /// <summary>The guest has nothing urgent to do: others may run, devices look at their rings, then it goes on.</summary>
    Yield,

    /// <summary>The guest asks to be switched off, reset or ended: <see cref="VcpuExit.Value"/> is the number of a <see cref="GuestPowerReason"/>. The domain does not run again as it is.</summary>
    Power,
}
