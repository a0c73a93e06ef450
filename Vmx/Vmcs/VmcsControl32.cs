namespace Multicosm.Vmx.Vmcs;

/// <summary>32-bit control fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsControl32 : uint
{
    /// <summary>Pin-based VM-execution controls.</summary>
    PinBased = 0x4000,

    /// <summary>Primary processor-based VM-execution controls.</summary>
    ProcessorBased = 0x4002,

    /// <summary>Exceptions that cause exits.</summary>
    ExceptionBitmap = 0x4004,

    /// <summary>Page-fault error-code mask.</summary>
    PageFaultErrorMask = 0x4006,

    /// <summary>Page-fault error-code match.</summary>
    PageFaultErrorMatch = 0x4008,

    /// <summary>CR3-target count.</summary>
    Cr3TargetCount = 0x400A,

    /// <summary>Primary VM-exit controls.</summary>
    Exit = 0x400C,

    /// <summary>VM-exit MSR-store count.</summary>
    ExitMsrStoreCount = 0x400E,

    /// <summary>VM-exit MSR-load count.</summary>
    ExitMsrLoadCount = 0x4010,

    /// <summary>VM-entry controls.</summary>
    Entry = 0x4012,

    /// <summary>VM-entry MSR-load count.</summary>
    EntryMsrLoadCount = 0x4014,

    /// <summary>VM-entry interruption information.</summary>
    EntryInterruptionInfo = 0x4016,

    /// <summary>VM-entry exception error code.</summary>
    EntryExceptionErrorCode = 0x4018,

    /// <summary>VM-entry instruction length.</summary>
    EntryInstructionLength = 0x401A,

    /// <summary>TPR threshold.</summary>
    TprThreshold = 0x401C,

    /// <summary>Secondary processor-based VM-execution controls.</summary>
    SecondaryProcessorBased = 0x401E,
}
