using System;
using Multicosm.Machine;

namespace Multicosm.Devices.Bus;

/// <summary>
/// The emulated memory of a board. Addresses that nobody registered read as all ones and drop what is written. An access that does not lie
/// in one device's range is split into bytes; an access may wrap at 2^64.
/// </summary>
public sealed class MmioBus
{
    /// <summary>Ranges that can be registered.</summary>
    public const int MaxRanges = 32;

    private readonly ulong[] _first = new ulong[MaxRanges];
    private readonly ulong[] _length = new ulong[MaxRanges];
    private readonly MmioDevice[] _devices = new MmioDevice[MaxRanges];
    private int _count;

    // The range that answered last is nearly always the one that is asked next.
    private ulong _lastFirst;
    private ulong _lastLength;
    private MmioDevice? _lastDevice;

    /// <summary>Removes all devices.</summary>
    public void Clear()
    {
        Array.Clear(_devices);
        _count = 0;
        _lastLength = 0;
    }

    /// <summary>
    /// Gives <paramref name="length"/> bytes from address <paramref name="first"/> to <paramref name="device"/>. False, and nothing changed,
    /// if the range is empty, passes 2^64 or overlaps another, or if the table is full.
    /// </summary>
    public bool TryAdd(ulong first, ulong length, MmioDevice device)
    {
        if (length == 0 || first + (length - 1) < first || _count == MaxRanges)
        {
            return false;
        }

        for (int i = 0; i < _count; i++)
        {
            if (first <= _first[i] + (_length[i] - 1) && _first[i] <= first + (length - 1))
            {
                return false;
            }
        }

        _first[_count] = first;
        _length[_count] = length;
        _devices[_count] = device;
        _count++;
        return true;
    }

    /// <summary>Moves the range of <paramref name="device"/>, which has one, to <paramref name="first"/>. False, and nothing changed, if it would pass 2^64 or overlap another.</summary>
    public bool TryMove(MmioDevice device, ulong first)
    {
        int moved = 0;
        while (_devices[moved] != device)
        {
            moved++;
        }

        for (int i = 0; i < _count; i++)
        {
            if (i != moved && first <= _first[i] + (_length[i] - 1) && _first[i] <= first + (_length[moved] - 1))
            {
                return false;
            }
        }

        if (first + (_length[moved] - 1) < first)
        {
            return false;
        }

        _lastLength = 0;
        _first[moved] = first;
        return true;
    }

    /// <summary>Read of 1, 2, 4 or 8 bytes.</summary>
    public ulong Read(GuestPhysicalAddress address, int sizeBytes)
    {
        ulong offset = address.Value - _lastFirst;
        return offset < _lastLength && (ulong)sizeBytes <= _lastLength - offset
            ? _lastDevice!.Read(offset, sizeBytes) & AccessSize.AllOnes(sizeBytes)
            : ReadElsewhere(address, sizeBytes);
    }

    /// <summary>Write of <paramref name="value"/>: 1, 2, 4 or 8 bytes, zero-extended.</summary>
    public void Write(GuestPhysicalAddress address, int sizeBytes, ulong value)
    {
        ulong offset = address.Value - _lastFirst;
        if (offset < _lastLength && (ulong)sizeBytes <= _lastLength - offset)
        {
            _lastDevice!.Write(offset, sizeBytes, value);
            return;
        }

        WriteElsewhere(address, sizeBytes, value);
    }

    private ulong ReadElsewhere(GuestPhysicalAddress address, int sizeBytes)
    {
        int range = Find(address.Value);
        if (IsWhole(address.Value, sizeBytes, range))
        {
            ulong ones = AccessSize.AllOnes(sizeBytes);
            return range < 0 ? ones : _devices[range].Read(address.Value - _first[range], sizeBytes) & ones;
        }

        ulong value = 0;
        for (int i = 0; i < sizeBytes; i++)
        {
            ulong at = address.Value + (ulong)i;
            int owner = Find(at);
            ulong part = owner < 0 ? 0xFF : _devices[owner].Read(at - _first[owner], 1) & 0xFF;
            value |= part << (8 * i);
        }

        return value;
    }

    private void WriteElsewhere(GuestPhysicalAddress address, int sizeBytes, ulong value)
    {
        int range = Find(address.Value);
        if (IsWhole(address.Value, sizeBytes, range))
        {
            if (range >= 0)
            {
                _devices[range].Write(address.Value - _first[range], sizeBytes, value);
            }

            return;
        }

        for (int i = 0; i < sizeBytes; i++)
        {
            ulong at = address.Value + (ulong)i;
            int owner = Find(at);
            if (owner >= 0)
            {
                _devices[owner].Write(at - _first[owner], 1, (value >> (8 * i)) & 0xFF);
            }
        }
    }

    private int Find(ulong address)
    {
        for (int i = 0; i < _count; i++)
        {
            if (address - _first[i] < _length[i])
            {
                _lastFirst = _first[i];
                _lastLength = _length[i];
                _lastDevice = _devices[i];
                return i;
            }
        }

        return -1;
    }

    private bool IsWhole(ulong address, int sizeBytes, int range) => range >= 0
        ? _length[range] - (address - _first[range]) >= (ulong)sizeBytes
        : IsNowhere(address, sizeBytes);

    private bool IsNowhere(ulong address, int sizeBytes)
    {
        for (int i = 1; i < sizeBytes; i++)
        {
            if (Find(address + (ulong)i) >= 0)
            {
                return false;
            }
        }

        return true;
    }
}
