using System;
using System.Runtime.InteropServices;
using Multicosm.Machine;

namespace Multicosm.Vmx.Exits;

/// <summary>Memory at linear addresses as the processor itself uses it, whatever the privilege level: descriptor tables and task states.</summary>
/// <source>SDM 3A, "Paging"</source>
internal static class SystemMemory
{
    private const ulong PageOffset = 4095;

    /// <summary>Reads; what is not RAM reads as ones. False, with the page fault, if the guest's tables do not allow it.</summary>
    public static bool TryRead(VmxVcpu vcpu, uint linear, Span<byte> destination, out GuestFault fault)
    {
        fault = default;
        while (destination.Length != 0)
        {
            int length = InPage(linear, destination.Length);
            if (!TryTranslate(vcpu, linear, false, false, out GuestPhysicalAddress address, out fault))
            {
                return false;
            }

            if (!vcpu.Domain.Memory.TryCopyIn(address, destination[..length]))
            {
                destination[..length].Fill(0xFF);
            }

            destination = destination[length..];
            linear += (uint)length;
        }

        return true;
    }

    /// <summary>Writes; what is not RAM takes nothing. False, with the page fault, if the guest's tables do not allow it: what lies before is written.</summary>
    public static bool TryWrite(VmxVcpu vcpu, uint linear, ReadOnlySpan<byte> source, out GuestFault fault, bool user = false)
    {
        fault = default;
        while (source.Length != 0)
        {
            int length = InPage(linear, source.Length);
            if (!TryTranslate(vcpu, linear, true, user, out GuestPhysicalAddress address, out fault))
            {
                return false;
            }

            _ = vcpu.Domain.Memory.TryCopyOut(address, source[..length]); // what is not RAM takes nothing
            source = source[length..];
            linear += (uint)length;
        }

        return true;
    }

    /// <summary>True if <paramref name="bytes"/> could be read, or written; else the page fault.</summary>
    public static bool TryProbe(VmxVcpu vcpu, uint linear, int bytes, bool write, out GuestFault fault, bool user = false)
    {
        fault = default;
        while (bytes != 0)
        {
            int length = InPage(linear, bytes);
            if (!TryTranslate(vcpu, linear, write, user, out _, out fault))
            {
                return false;
            }

            bytes -= length;
            linear += (uint)length;
        }

        return true;
    }

    /// <summary>Reads a descriptor.</summary>
    public static bool TryReadDescriptor(VmxVcpu vcpu, uint linear, out SegmentDescriptor descriptor, out GuestFault fault)
    {
        ulong raw = 0;
        bool success = TryRead(vcpu, linear, MemoryMarshal.AsBytes(new Span<ulong>(ref raw)), out fault);
        descriptor = new SegmentDescriptor(raw);
        return success;
    }

    /// <summary>Writes a descriptor's byte of type and rights.</summary>
    public static bool TryWriteRights(VmxVcpu vcpu, uint linear, byte rights, out GuestFault fault) =>
        TryWrite(vcpu, linear + 5, new ReadOnlySpan<byte>(in rights), out fault);

    private static int InPage(uint linear, int bytes) => (int)Math.Min(4096 - (linear & PageOffset), (ulong)bytes);

    private static bool TryTranslate(VmxVcpu vcpu, uint linear, bool write, bool user, out GuestPhysicalAddress address, out GuestFault fault)
    {
        bool success = GuestPaging.TryTranslate(vcpu.Domain.Memory, linear, write, user, out address, out uint errorCode);
        fault = new GuestFault(GuestFault.PageFault, errorCode, linear);
        return success;
    }
}
