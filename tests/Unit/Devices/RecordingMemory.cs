using System.Collections.Generic;
using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

/// <summary>A memory device that answers a fixed value and writes down what it was asked.</summary>
internal sealed class RecordingMemory(ulong answer) : MmioDevice
{
    internal List<(ulong Offset, int Size, ulong Value)> Writes { get; } = [];

    public override ulong Read(ulong offset, int sizeBytes) => answer;

    public override void Write(ulong offset, int sizeBytes, ulong value) => Writes.Add((offset, sizeBytes, value));
}
