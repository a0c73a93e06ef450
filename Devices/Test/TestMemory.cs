using System;
using System.Buffers.Binary;
using Multicosm.Machine;

namespace Multicosm.Devices.Test;

/// <summary>A device that keeps what is written, as RAM does: a test program can compare instructions on a device with the same ones on RAM.</summary>
public sealed class TestMemory : MmioDevice
{
    private readonly byte[] _bytes = new byte[TestDevice.EmulatedBytes];
    private bool _isOn;

    /// <summary>Power-on state: zeros, for a guest that has it; else nothing answers.</summary>
    public void Reset(bool isOn)
    {
        _isOn = isOn;
        if (isOn)
        {
            Array.Clear(_bytes);
        }
    }

    /// <inheritdoc/>
    public override ulong Read(ulong offset, int sizeBytes)
    {
        if (!_isOn)
        {
            return ulong.MaxValue;
        }

        ReadOnlySpan<byte> bytes = _bytes.AsSpan((int)offset, sizeBytes);
        return sizeBytes switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
    }

    /// <inheritdoc/>
    public override void Write(ulong offset, int sizeBytes, ulong value)
    {
        for (int i = 0; _isOn && i < sizeBytes; i++)
        {
            _bytes[(int)offset + i] = (byte)(value >> (8 * i));
        }
    }
}
