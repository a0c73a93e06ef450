using System.Runtime.CompilerServices;

namespace Multicosm.Domains.Policy;

/// <summary>Feature bits of CPUID, in words of 32.</summary>
[InlineArray(Words)]
public struct CpuFeatures
{
    /// <summary>How many words.</summary>
    public const int Words = 8;

    /// <summary>Leaf 1, ECX.</summary>
    public const int BasicEcx = 0;

    /// <summary>Leaf 1, EDX.</summary>
    public const int BasicEdx = 1;

    /// <summary>Leaf 7, EBX.</summary>
    public const int StructuredEbx = 2;

    /// <summary>Leaf 7, ECX.</summary>
    public const int StructuredEcx = 3;

    /// <summary>Leaf 7, EDX.</summary>
    public const int StructuredEdx = 4;

    /// <summary>Leaf 0xD, subleaf 1, EAX.</summary>
    public const int StateEax = 5;

    /// <summary>Leaf 0x80000001, ECX.</summary>
    public const int ExtendedEcx = 6;

    /// <summary>Leaf 0x80000001, EDX.</summary>
    public const int ExtendedEdx = 7;

    private uint _first;
}
