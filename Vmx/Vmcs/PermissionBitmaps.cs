using System;
using Multicosm.Machine;
using Multicosm.Platform.Memory;
using Multicosm.Vmx.Capabilities;

namespace Multicosm.Vmx.Vmcs;

/// <summary>The I/O and MSR bitmaps, the same for all domains: every port exits, and the registers below do not.</summary>
/// <source>SDM 3C, "I/O-Bitmap Addresses" and "MSR-Bitmap Address"</source>
internal sealed unsafe class PermissionBitmaps
{
    private const uint HighBase = 0xC0000000;
    private const int WriteOffset = 2048;
    private const int HighOffset = 1024;

    // Guest state that the VMCS or the attached CPU holds. Writes of the TSC exit: they move the offset.
    private static ReadOnlySpan<uint> ReadWrite =>
    [
        VmxMsr.SysenterCs, VmxMsr.SysenterEsp, VmxMsr.SysenterEip, VmxMsr.Pat, VmxMsr.Efer, VmxMsr.Star, VmxMsr.Lstar, VmxMsr.Cstar,
        VmxMsr.SyscallMask, VmxMsr.FsBase, VmxMsr.GsBase, VmxMsr.KernelGsBase, VmxMsr.TscAux,
    ];

    /// <summary>Fills the bitmaps; false in <see cref="IsValid"/> if there were no frames.</summary>
    public PermissionBitmaps(FrameAllocator frames)
    {
        IsValid = frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame ioA)
            && frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame ioB)
            && frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame msr)
            && Fill(ioA, ioB, msr);
    }

    /// <summary>True if the bitmaps exist.</summary>
    public bool IsValid { get; }

    /// <summary>I/O bitmap of ports 0 to 0x7FFF.</summary>
    public HostPhysicalAddress IoA { get; private set; }

    /// <summary>I/O bitmap of ports from 0x8000.</summary>
    public HostPhysicalAddress IoB { get; private set; }

    /// <summary>MSR bitmaps.</summary>
    public HostPhysicalAddress Msr { get; private set; }

    private bool Fill(HostFrame ioA, HostFrame ioB, HostFrame msr)
    {
        IoA = ioA.Address;
        IoB = ioB.Address;
        Msr = msr.Address;
        new Span<byte>(DirectMap.Pointer(IoA), 4096).Fill(0xFF);
        new Span<byte>(DirectMap.Pointer(IoB), 4096).Fill(0xFF);
        new Span<byte>(DirectMap.Pointer(Msr), 4096).Fill(0xFF);
        foreach (uint index in ReadWrite)
        {
            Pass(index, 0);
            Pass(index, WriteOffset);
        }

        Pass(VmxMsr.TimeStampCounter, 0);
        return true;
    }

    private void Pass(uint index, int direction)
    {
        bool high = index >= HighBase;
        uint bit = high ? index - HighBase : index;
        byte* octet = DirectMap.Pointer(Msr) + direction + (high ? HighOffset : 0) + (bit / 8);
        *octet &= (byte)~(1 << (int)(bit % 8));
    }
}
