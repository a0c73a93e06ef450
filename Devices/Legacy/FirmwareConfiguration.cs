using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <summary>
/// The device by which firmware, and test programs that do without any, ask how large the machine is: an item is selected by its key, and read byte by
/// byte; behind its end, and in items that are not there, are zeros. Without <see cref="IsOn"/> nothing is at its ports.
/// </summary>
/// <source>QEMU, "docs/specs/fw_cfg.txt"</source>
public sealed class FirmwareConfiguration : PortDevice
{
    /// <summary>Takes the key of an item, in 2 bytes.</summary>
    public const ushort SelectorPort = 0x510;

    /// <summary>Gives the selected item's next byte.</summary>
    public const ushort DataPort = 0x511;

    /// <summary>Ports of both.</summary>
    public const int PortCount = 2;

    private const ushort Signature = 0;
    private const ushort Interface = 1;
    private const ushort MemoryBytes = 3;
    private const ushort Processors = 5;
    private const ushort MostProcessors = 15;
    private const uint SignatureText = 0x554D4551; // "QEMU"
    private const ulong OnlyPorts = 1; // no DMA
    private const int ItemBytes = 8;

    private ulong _memoryBytes;
    private ulong _item;
    private int _next;

    /// <summary>True if the guest has it.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Power-on state, for a guest that has it or not, with as much memory. It has one processor.</summary>
    public void Reset(bool isOn, ulong memoryBytes)
    {
        IsOn = isOn;
        _memoryBytes = memoryBytes;
        Select(Signature);
    }

    /// <inheritdoc/>
    public override uint Read(ushort port, int sizeBytes)
    {
        if (!IsOn || sizeBytes != 1)
        {
            return uint.MaxValue;
        }

        return _next < ItemBytes ? (byte)(_item >> (8 * _next++)) : 0u;
    }

    /// <inheritdoc/>
    public override void Write(ushort port, int sizeBytes, uint value)
    {
        if (port == SelectorPort && sizeBytes == sizeof(ushort))
        {
            Select((ushort)value);
        }
    }

    private void Select(ushort key)
    {
        _next = 0;
        _item = key switch
        {
            Signature => SignatureText,
            Interface => OnlyPorts,
            MemoryBytes => _memoryBytes,
            Processors or MostProcessors => 1,
            _ => 0,
        };
    }
}
