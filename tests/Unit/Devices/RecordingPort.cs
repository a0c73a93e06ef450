using System.Collections.Generic;
using Multicosm.Machine;

namespace Multicosm.Unit.Devices;

/// <summary>A port device that answers a fixed value and writes down what it was asked.</summary>
internal sealed class RecordingPort(uint answer) : PortDevice
{
    internal List<(ushort Port, int Size, uint Value)> Writes { get; } = [];

    internal List<(ushort Port, int Size)> Reads { get; } = [];

    public override uint Read(ushort port, int sizeBytes)
    {
        Reads.Add((port, sizeBytes));
        return answer;
    }

    public override void Write(ushort port, int sizeBytes, uint value) => Writes.Add((port, sizeBytes, value));
}
