using System.Runtime.CompilerServices;
using Multicosm.Machine;

namespace Multicosm.Devices.Bus;

/// <summary>
/// The I/O port space of a board. Ports that nobody registered read as all ones and drop what is written. An access that does not lie
/// in one device's range is split into bytes; bytes past port 0xFFFF belong to nobody.
/// </summary>
public sealed class PortBus
{
    /// <summary>Ranges that can be registered.</summary>
    public const int MaxRanges = Ranges - 1;

    private const int Ranges = 64; // all sizes are powers of two: masks prove to the compiler that no index can be wrong
    private const int MaxPages = 32;
    private const int PageShift = 8;
    private const int PortsPerPage = 1 << PageShift;
    private const int Blocks = 0x10000 >> PageShift;

    // Page 0 of _rangeOfPort stays empty: blocks of 256 ports without a device point to it, and range 0 means nobody.
    private BlockPages _pageOfBlock;
    private PortRanges _rangeOfPort;
    private DeviceTable _devices;
    private int _pages;
    private int _ranges;

    /// <summary>An empty bus.</summary>
    public PortBus() => Clear();

    /// <summary>Removes all devices.</summary>
    public void Clear()
    {
        _pageOfBlock = default;
        _rangeOfPort = default;
        _devices = default;
        _pages = 1;
        _ranges = 0;
    }

    /// <summary>
    /// Gives <paramref name="count"/> ports from <paramref name="first"/> to <paramref name="device"/>. False, and nothing changed, if the
    /// range is empty, passes 0xFFFF or overlaps another, or if the tables are full.
    /// </summary>
    public bool TryAdd(ushort first, int count, PortDevice device)
    {
        if (count <= 0 || first + count > 0x10000 || _ranges == MaxRanges || !IsFree(first, count))
        {
            return false;
        }

        int newPages = 0;
        for (int block = first >> PageShift; block <= (first + count - 1) >> PageShift; block++)
        {
            newPages += _pageOfBlock[block] == 0 ? 1 : 0;
        }

        if (_pages + newPages > MaxPages)
        {
            return false;
        }

        _ranges++;
        _devices[_ranges] = device;
        for (int port = first; port < first + count; port++)
        {
            Assign(port, (byte)_ranges);
        }

        return true;
    }

    /// <summary>IN of 1, 2 or 4 bytes.</summary>
    public uint Read(ushort port, int sizeBytes)
    {
        if (sizeBytes != 1)
        {
            return ReadWide(port, sizeBytes);
        }

        PortDevice? device = _devices[RangeOf(port)];
        return device is null ? 0xFFu : device.ReadByte(port);
    }

    /// <summary>OUT of the low 1, 2 or 4 bytes of <paramref name="value"/>.</summary>
    public void Write(ushort port, int sizeBytes, uint value)
    {
        if (sizeBytes != 1)
        {
            WriteWide(port, sizeBytes, value);
            return;
        }

        _devices[RangeOf(port)]?.WriteByte(port, (byte)value);
    }

    private uint ReadWide(ushort port, int sizeBytes)
    {
        int range = RangeOf(port);
        if (IsInside(port, sizeBytes, range))
        {
            uint ones = uint.MaxValue >> (32 - (sizeBytes * 8));
            return range == 0 ? ones : _devices[range]!.Read(port, sizeBytes) & ones;
        }

        uint value = 0;
        for (int i = 0; i < sizeBytes; i++)
        {
            int owner = RangeOf(port + i);
            uint part = owner == 0 ? 0xFFu : _devices[owner]!.ReadByte((ushort)(port + i));
            value |= part << (8 * i);
        }

        return value;
    }

    private void WriteWide(ushort port, int sizeBytes, uint value)
    {
        int range = RangeOf(port);
        if (IsInside(port, sizeBytes, range))
        {
            if (range != 0)
            {
                _devices[range]!.Write(port, sizeBytes, value & (uint.MaxValue >> (32 - (sizeBytes * 8))));
            }

            return;
        }

        for (int i = 0; i < sizeBytes; i++)
        {
            int owner = RangeOf(port + i);
            if (owner != 0)
            {
                _devices[owner]!.WriteByte((ushort)(port + i), (byte)(value >> (8 * i)));
            }
        }
    }

    private int RangeOf(int port) => port > 0xFFFF ? 0 : RangeOf((ushort)port);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int RangeOf(ushort port)
    {
        int page = _pageOfBlock[(port >> PageShift) & (Blocks - 1)] & (MaxPages - 1);
        return _rangeOfPort[((page << PageShift) | (port & (PortsPerPage - 1))) & ((MaxPages * PortsPerPage) - 1)] & (Ranges - 1);
    }

    private bool IsInside(int port, int sizeBytes, int range)
    {
        for (int i = 1; i < sizeBytes; i++)
        {
            if (RangeOf(port + i) != range)
            {
                return false;
            }
        }

        return true;
    }

    private bool IsFree(int first, int count)
    {
        for (int port = first; port < first + count; port++)
        {
            if (RangeOf(port) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private void Assign(int port, byte range)
    {
        ref byte page = ref _pageOfBlock[port >> PageShift];
        if (page == 0)
        {
            page = (byte)_pages;
            _pages++;
        }

        _rangeOfPort[(page << PageShift) | (port & (PortsPerPage - 1))] = range;
    }

    [InlineArray(Blocks)]
    private struct BlockPages
    {
        private byte _first;
    }

    [InlineArray(MaxPages * PortsPerPage)]
    private struct PortRanges
    {
        private byte _first;
    }

    [InlineArray(Ranges)]
    private struct DeviceTable
    {
        private PortDevice? _first;
    }
}
