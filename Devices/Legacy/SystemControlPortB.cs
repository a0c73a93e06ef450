using Multicosm.Devices.Bus;
using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <summary>Port 0x61: gate of timer counter 2, speaker, and the signals that old programs use to measure time.</summary>
/// <source>82371AB (PIIX4), "NMISC - NMI Status and Control Register"</source>
public sealed class SystemControlPortB : BytePortDevice
{
    /// <summary>The port.</summary>
    public const ushort Port = 0x61;

    private const ulong RefreshHertz = 66_287; // a refresh each 15.085 us toggles bit 4

    private readonly Pit8254 _pit;
    private readonly MonotonicClock _clock;
    private readonly TickScale _refresh;
    private byte _written;

    /// <summary>The port beside <paramref name="pit"/>.</summary>
    public SystemControlPortB(Pit8254 pit, MonotonicClock clock)
    {
        _pit = pit;
        _clock = clock;
        _refresh = new TickScale(clock.TicksPerSecond, RefreshHertz);
    }

    /// <summary>Power-on state: gate closed, speaker off.</summary>
    public void Reset() => _written = 0;

    /// <inheritdoc/>
    public override byte ReadByte(ushort port)
    {
        int value = _written;
        value |= (_refresh.Convert(_clock.Now) & 1) != 0 ? 0x10 : 0;
        value |= _pit.SpeakerOutput ? 0x20 : 0;
        return (byte)value;
    }

    /// <inheritdoc/>
    public override void WriteByte(ushort port, byte value)
    {
        _written = (byte)(value & 0x0F);
        _pit.SpeakerGate = (value & 1) != 0;
    }
}
