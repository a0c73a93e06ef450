using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Vmx.Ept;

namespace Multicosm.Vmx.Emulation;

/// <summary>The scratch pages of a <see cref="GuestStep"/>: what devices answered is put there before the instruction, what it wrote goes to them afterwards.</summary>
internal sealed unsafe class StepMemory(StepTables tables)
{
    private const ulong PageOffset = 4095;
    private const int Parts = 12;
    private const int DeviceBytes = 8;

    private readonly Part[] _parts = new Part[Parts];
    private VmxVcpu? _vcpu;
    private int _count;

    /// <summary>Value for the VMCS's EPT pointer.</summary>
    public ulong Pointer => tables.Pointer;

    /// <summary>Starts with nothing shown, for <paramref name="vcpu"/>.</summary>
    public void Begin(VmxVcpu vcpu)
    {
        _vcpu = vcpu;
        _count = 0;
        tables.Begin(vcpu.Domain.Tables);
    }

    /// <summary>The first byte of a new scratch page at <paramref name="address"/>; null if there is no other.</summary>
    public byte* AddPage(GuestPhysicalAddress address)
    {
        _vcpu!.History.LatestArguments.Address = address.Value; // for the exit's record
        byte* page = tables.Add(address);
        VmxBackend.InvalidateEpt(tables.Pointer);
        return page;
    }

    /// <summary>
    /// Has a device read <paramref name="sizeBytes"/> at <paramref name="address"/> into <paramref name="page"/>, and what is written there by the instruction
    /// goes back to it. With <paramref name="ifChanged"/>, for an entry of 4 or 8 bytes, only if it is other than what was read. False if there are too many such places.
    /// </summary>
    public bool TryShow(byte* page, GuestPhysicalAddress address, int sizeBytes, bool isRead, bool isWritten, bool ifChanged)
    {
        if (_count == Parts)
        {
            return false;
        }

        byte* bytes = page + (address.Value & PageOffset);
        if (isRead)
        {
            Read(address, new Span<byte>(bytes, sizeBytes));
        }

        if (isWritten)
        {
            _parts[_count++] = new Part { Address = address, Bytes = bytes, SizeBytes = sizeBytes, Old = ifChanged ? Entry(bytes, sizeBytes) : 0, IfChanged = ifChanged };
        }

        return true;
    }

    /// <summary>The instruction is done: its writes go to the devices.</summary>
    public void Commit()
    {
        foreach (ref Part part in _parts.AsSpan(0, _count))
        {
            if (!part.IfChanged || Entry(part.Bytes, part.SizeBytes) != part.Old)
            {
                Write(part.Address, new ReadOnlySpan<byte>(part.Bytes, part.SizeBytes));
            }
        }
    }

    private void Read(GuestPhysicalAddress address, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int size = Chunk(bytes.Length);
            ulong value = _vcpu!.Devices!.ReadMemory(address, size);
            for (int i = 0; i < size; i++)
            {
                bytes[i] = (byte)(value >> (8 * i));
            }

            _vcpu.History.LatestArguments.Value = value;
            bytes = bytes[size..];
            address = address.Add((ulong)size);
        }
    }

    private void Write(GuestPhysicalAddress address, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int size = Chunk(bytes.Length);
            ulong value = 0;
            for (int i = 0; i < size; i++)
            {
                value |= (ulong)bytes[i] << (8 * i);
            }

            _vcpu!.Devices!.WriteMemory(address, size, value);
            _vcpu.History.LatestArguments.Value = value;
            bytes = bytes[size..];
            address = address.Add((ulong)size);
        }
    }

    // Not a byte behind it: it may be the page's last.
    private static ulong Entry(byte* bytes, int sizeBytes) => sizeBytes == sizeof(uint) ? *(uint*)bytes : *(ulong*)bytes;

    // The largest access that devices know and that still fits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Chunk(int bytes) => 1 << BitOperations.Log2((uint)Math.Min(bytes, DeviceBytes));

    private struct Part
    {
        public GuestPhysicalAddress Address;
        public byte* Bytes;
        public int SizeBytes;
        public ulong Old;
        public bool IfChanged;
    }
}
