namespace Multicosm.Hosting.Emulation;

/// <summary>The PC that the ISO boots on.</summary>
public sealed class EmulatorOptions
{
    /// <summary>The ISO in its drive.</summary>
    public required string Iso { get; init; }

    /// <summary>True for the PC with VT-x (Bochs), false for the one without any virtualisation (QEMU).</summary>
    public bool HasVtx { get; init; } = true;

    /// <summary>Bochs' name of the processor.</summary>
    public string Model { get; init; } = BochsEmulator.DefaultModel;

    /// <summary>Number of processors.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Memory in MiB.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>True if its clock goes with the wall's, for people; false if it goes with its instructions, which two runs have alike.</summary>
    public bool RealTime { get; init; }
}
