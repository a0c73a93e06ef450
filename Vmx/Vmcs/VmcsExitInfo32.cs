namespace Multicosm.Vmx.Vmcs;

/// <summary>32-bit read-only data fields.</summary>
/// <source>SDM 3D, Appendix B "Field Encoding in VMCS"</source>
public enum VmcsExitInfo32 : uint
{
    /// <summary>VM-instruction error.</summary>
    InstructionError = 0x4400,

    /// <summary>Exit reason.</summary>
    ExitReason = 0x4402,

    /// <summary>VM-exit interruption information.</summary>
    InterruptionInfo = 0x4404,

    /// <summary>VM-exit interruption error code.</summary>
    InterruptionErrorCode = 0x4406,

    /// <summary>IDT-vectoring information.</summary>
    IdtVectoringInfo = 0x4408,

    /// <summary>IDT-vectoring error code.</summary>
    IdtVectoringErrorCode = 0x440A,

    /// <summary>VM-exit instruction length.</summary>
    InstructionLength = 0x440C,

    /// <summary>VM-exit instruction information.</summary>
    InstructionInfo = 0x440E,
}
