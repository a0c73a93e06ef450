namespace Multicosm.Devices.Legacy;

/// <summary>The registers of a 16550A by their names in the data sheet.</summary>
internal enum UartRegister : byte
{
    /// <summary>No register.</summary>
    None,

    /// <summary>RBR.</summary>
    ReceiveBuffer,

    /// <summary>THR.</summary>
    TransmitHolding,

    /// <summary>IER.</summary>
    InterruptEnable,

    /// <summary>IIR.</summary>
    InterruptIdentification,

    /// <summary>FCR.</summary>
    FifoControl,

    /// <summary>LCR.</summary>
    LineControl,

    /// <summary>MCR.</summary>
    ModemControl,

    /// <summary>LSR.</summary>
    LineStatus,

    /// <summary>MSR.</summary>
    ModemStatus,

    /// <summary>SCR.</summary>
    Scratch,

    /// <summary>DLL.</summary>
    DivisorLow,

    /// <summary>DLM.</summary>
    DivisorHigh,
}
