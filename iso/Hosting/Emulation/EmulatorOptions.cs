using System.Collections.Generic;

namespace Multicosm.Hosting.Emulation;

/// <summary>The PC that the ISO boots on.</summary>
public sealed class EmulatorOptions
{
    /// <summary>The ISO in its drive.</summary>
    public required string Iso { get; init; }

    /// <summary>True if the ISO is written to the first hard disk, false if it is a CD.</summary>
    public bool FromDisk { get; init; }

    /// <summary>True for a PC with UEFI, which QEMU has, false for one with a BIOS.</summary>
    public bool Uefi { get; init; }

    /// <summary>True for the PC with VT-x (Bochs), false for the one without any virtualisation (QEMU).</summary>
    public bool HasVtx { get; init; } = true;

    /// <summary>Bochs' name of the processor.</summary>
    public string Model { get; init; } = BochsEmulator.DefaultModel;

    /// <summary>How QEMU's machine has the serial line, which is QEMU's character device "line": as COM1 unless it is said otherwise.</summary>
    public IReadOnlyList<string> SerialDevice { get; init; } = ["-serial", "chardev:line"];

    /// <summary>Number of processors.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Memory in MiB.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>True if its clock goes with the wall's, for people; false if it goes with its instructions, which two runs have alike.</summary>
    public bool RealTime { get; init; }

    /// <summary>The debugging session that it runs in; null if it just runs.</summary>
    public DebugOptions? Debug { get; init; }

    /// <summary>True if Bochs' log has each byte that the machine writes to its serial line, with the tick at which it did.</summary>
    public bool StampsSerial { get; init; }

    /// <summary>What waits on Bochs' serial line before the PC is switched on, so that it comes at the same tick in each run; at most 16 bytes, a FIFO's.</summary>
    public string TypedAhead { get; init; } = "";
}
