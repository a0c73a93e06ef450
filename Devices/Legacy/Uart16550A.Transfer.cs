using System;
using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <content>The way of bytes out of the port, and the time-out of those that wait in it.</content>
public sealed partial class Uart16550A
{
    private const ulong BaudBaseHertz = 115_200;
    private const ulong LongestTimeoutsPerSecond = 100;

    private void Transmit(byte value)
    {
        _transmitInterrupt = false;
        UpdatePin(); // writing ends the request; a byte that is sent at once makes a new one
        if (IsLoopback)
        {
            ReceiveLooped(value);
            _transmitInterrupt = true;
            return;
        }

        // A guest that writes although THRE is clear loses bytes, as on hardware.
        _ = _transmit.TryAdd(value);
        Drain();
    }

    private void Drain()
    {
        if (_transmit.Count == 0)
        {
            return;
        }

        while (_transmit.Count > 0 && _sink.TryWrite(_transmit.Head))
        {
            _transmit.RemoveHead();
        }

        _transmitInterrupt |= _transmit.Count == 0;
    }

    // Bytes below the trigger level are reported when the line was quiet for four characters. As long after a guest that listens has
    // cleared its receiver, the bytes come again.
    private void RestartTimeout()
    {
        bool isBelowTrigger = FifosOn && _receive.Count > 0 && _receive.Count < Trigger;
        bool comesAgain = _receive.Count == 0 && _returned.Count > 0 && IsListening;
        if (!isBelowTrigger && !comesAgain)
        {
            _timers.Cancel(_timer);
            return;
        }

        ulong bits = 1UL + 5 + (_lineControl & 3u) + ((_lineControl & 8) != 0 ? 1u : 0) + ((_lineControl & 4) != 0 ? 2u : 1u);
        ulong divisor = Math.Max(_divisor, (ushort)1);
        ulong ticks = _clock.TicksPerSecond * 4 * bits * divisor / BaudBaseHertz;
        _timers.Arm(_timer, _clock.Now + Math.Min(ticks, _clock.TicksPerSecond / LongestTimeoutsPerSecond));
    }

    private sealed class TimeoutTimer(Uart16550A owner) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks)
        {
            owner._timedOut = owner._receive.Count > 0;
            owner.Pull();
            owner.UpdatePin();
        }
    }
}
