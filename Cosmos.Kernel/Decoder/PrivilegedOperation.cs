namespace Multicosm.Decoder;

/// <summary>What a <see cref="PrivilegedInstruction"/> does.</summary>
public enum PrivilegedOperation : byte
{
    /// <summary>IN.</summary>
    In,

    /// <summary>OUT.</summary>
    Out,

    /// <summary>INS: port DX to ES:rDI.</summary>
    InString,

    /// <summary>OUTS: DS:rSI (or the override) to port DX.</summary>
    OutString,

    /// <summary>MOV from a control register.</summary>
    ReadControl,

    /// <summary>MOV to a control register.</summary>
    WriteControl,

    /// <summary>MOV from a debug register.</summary>
    ReadDebug,

    /// <summary>MOV to a debug register.</summary>
    WriteDebug,

    /// <summary>CLTS.</summary>
    ClearTaskSwitched,

    /// <summary>LMSW from a register.</summary>
    LoadMachineStatus,

    /// <summary>INVLPG.</summary>
    InvalidatePage,

    /// <summary>INVD.</summary>
    InvalidateCaches,

    /// <summary>WBINVD or WBNOINVD.</summary>
    WriteBackCaches,

    /// <summary>RDMSR.</summary>
    ReadMsr,

    /// <summary>WRMSR.</summary>
    WriteMsr,

    /// <summary>RDTSC.</summary>
    ReadTimeStamp,

    /// <summary>RDTSCP.</summary>
    ReadTimeStampAndProcessor,

    /// <summary>RDPMC.</summary>
    ReadCounter,

    /// <summary>CPUID.</summary>
    Cpuid,

    /// <summary>XSETBV.</summary>
    SetExtendedControl,

    /// <summary>SWAPGS.</summary>
    SwapGs,

    /// <summary>CLI.</summary>
    ClearInterrupts,

    /// <summary>STI.</summary>
    SetInterrupts,

    /// <summary>HLT.</summary>
    Halt,

    /// <summary>INT with a vector.</summary>
    Interrupt,

    /// <summary>IRET in any size.</summary>
    InterruptReturn,
}
