namespace Multicosm.Domains.Policy;

/// <summary>One of the four registers that CPUID fills.</summary>
public enum CpuidRegister : byte
{
    /// <summary>EAX.</summary>
    Eax,

    /// <summary>EBX.</summary>
    Ebx,

    /// <summary>ECX.</summary>
    Ecx,

    /// <summary>EDX.</summary>
    Edx,
}
