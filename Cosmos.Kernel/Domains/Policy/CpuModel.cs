namespace Multicosm.Domains.Policy;

/// <summary>The processor that a guest sees.</summary>
public enum CpuModel : byte
{
    /// <summary>The PC's own.</summary>
    Host,

    /// <summary>Core i5-520M, 2010.</summary>
    Arrandale,

    /// <summary>Core i7-2600K, 2011.</summary>
    SandyBridge,

    /// <summary>Core i7-3770K, 2012.</summary>
    IvyBridge,

    /// <summary>Core i7-4770, 2013.</summary>
    Haswell,

    /// <summary>Core i5-5300U, 2015.</summary>
    Broadwell,

    /// <summary>Core i7-6700K, 2015.</summary>
    Skylake,

    /// <summary>Core i3-8121U, 2018.</summary>
    CannonLake,

    /// <summary>Core i7-1065G7, 2019.</summary>
    IceLake,

    /// <summary>Core i7-1165G7, 2020.</summary>
    TigerLake,
}
