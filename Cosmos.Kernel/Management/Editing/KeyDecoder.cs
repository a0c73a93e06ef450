namespace Multicosm.Management.Editing;

/// <summary>Turns a terminal's bytes into keys, one byte at a time: control characters and the escape sequences of VT100 and xterm.</summary>
/// <source>ECMA-48 "Control sequences"; XTerm Control Sequences "PC-Style Function Keys"</source>
public sealed class KeyDecoder
{
    private const byte Escape = 0x1B;

    private DecoderState _state;
    private int _parameter;
    private bool _wasCarriageReturn;

    private enum DecoderState : byte
    {
        Ground,
        Escape,
        Sequence,
        Single,
    }

    /// <summary>Takes a byte; gives the key that it completes. For <see cref="Key.Text"/> the byte is the text.</summary>
    public Key Feed(byte value)
    {
        bool afterCarriageReturn = _wasCarriageReturn;
        _wasCarriageReturn = _state == DecoderState.Ground && value == (byte)'\r';
        switch (_state)
        {
            case DecoderState.Escape:
                return AfterEscape(value);
            case DecoderState.Sequence:
                return InSequence(value);
            case DecoderState.Single:
                _state = DecoderState.Ground;
                return Final(value);
            case DecoderState.Ground:
            default:
                return value == (byte)'\n' && afterCarriageReturn ? Key.None : Plain(value);
        }
    }

    private Key Plain(byte value)
    {
        switch (value)
        {
            case Escape:
                _state = DecoderState.Escape;
                return Key.None;
            case (byte)'\r' or (byte)'\n':
                return Key.Enter;
            case 0x7F or 0x08:
                return Key.Backspace;
            case >= 0x20:
                return Key.Text;
            default:
                return Control(value);
        }
    }

    private static Key Control(byte value) => value switch
    {
        0x01 => Key.Home,        // Ctrl-A
        0x02 => Key.Left,        // Ctrl-B
        0x03 => Key.Cancel,      // Ctrl-C
        0x04 => Key.Delete,      // Ctrl-D
        0x05 => Key.End,         // Ctrl-E
        0x06 => Key.Right,       // Ctrl-F
        0x09 => Key.Complete,    // Tab
        0x0B => Key.KillToEnd,   // Ctrl-K
        0x0C => Key.Redraw,      // Ctrl-L
        0x0E => Key.Down,        // Ctrl-N
        0x10 => Key.Up,          // Ctrl-P
        0x15 => Key.KillToStart, // Ctrl-U
        0x17 => Key.KillWord,    // Ctrl-W
        _ => Key.None,
    };

    private Key AfterEscape(byte value)
    {
        _parameter = 0;
        _state = value switch
        {
            (byte)'[' => DecoderState.Sequence,
            (byte)'O' => DecoderState.Single,
            Escape => DecoderState.Escape,
            _ => DecoderState.Ground,
        };
        return Key.None;
    }

    private Key InSequence(byte value)
    {
        if (value is >= (byte)'0' and <= (byte)'9')
        {
            _parameter = ((_parameter * 10) + (value - '0')) % 1000;
            return Key.None;
        }

        // Parameters, intermediates, and the second bracket of a Linux console's function keys.
        if (value is < 0x40 or (byte)'[')
        {
            return Key.None;
        }

        _state = DecoderState.Ground;
        return value == (byte)'~' ? Numbered() : Final(value);
    }

    private Key Numbered() => _parameter switch
    {
        1 or 7 => Key.Home,
        3 => Key.Delete,
        4 or 8 => Key.End,
        _ => Key.None,
    };

    private static Key Final(byte value) => value switch
    {
        (byte)'A' => Key.Up,
        (byte)'B' => Key.Down,
        (byte)'C' => Key.Right,
        (byte)'D' => Key.Left,
        (byte)'H' => Key.Home,
        (byte)'F' => Key.End,
        _ => Key.None,
    };
}
