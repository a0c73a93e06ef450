using Multicosm.Machine;

namespace Multicosm.Domains.Board;

/// <summary>A port that takes every write and does nothing: the POST code port 0x80 and port 0xED, which Linux writes to only to wait.</summary>
public sealed class SilentPort : PortDevice
{
    /// <inheritdoc/>
    public override uint Read(ushort port, int sizeBytes) => uint.MaxValue;

    /// <inheritdoc/>
    public override void Write(ushort port, int sizeBytes, uint value)
    {
        // The write itself is the delay that the guest wants.
    }

    /// <inheritdoc/>
    public override void WriteByte(ushort port, byte value)
    {
        // The same.
    }
}
