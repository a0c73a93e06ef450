#if MULTICOSM_FAULT_DEVICE
using System.Runtime.CompilerServices;
using Multicosm.Machine;

namespace Multicosm.Domains.Board;

/// <summary>Test builds only: a port whose writes fault inside the host, to prove that the fault ends this domain alone.</summary>
public sealed class FaultDevice : PortDevice
{
    /// <summary>The port.</summary>
    public const ushort Port = 0xFA17;

    private readonly int[] _values = new int[4];
    private readonly object _text = new byte[1];
    private int[]? _nothing;
    private int _zero;

    /// <inheritdoc/>
    public override uint Read(ushort port, int sizeBytes) => (uint)_values[0];

    /// <summary>1 bounds, 2 null, 3 overflow, 4 divide by zero, 5 cast, 6 stack overflow, 7 allocation after sealing; others do nothing.</summary>
    public override void Write(ushort port, int sizeBytes, uint value)
    {
        switch (value)
        {
            case 1:
                _values[(int)value + _values.Length] = 1;
                break;
            case 2:
                _values[0] = _nothing!.Length;
                break;
            case 3:
                _values[0] = checked((int)(value + int.MaxValue));
                break;
            case 4:
                _values[0] = (int)value / _zero;
                break;
            case 5:
                _values[0] = ((int[])_text)[0];
                break;
            case 6:
                _values[0] = Deeper(_values[0]);
                break;
            case 7:
                _nothing = new int[64];
                break;
            default:
                _nothing = null;
                _zero = 0;
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Deeper(int depth) => depth < 0 ? 0 : Deeper(depth + 1) + Deeper(depth + 2);
}
#endif
