using System;
using Multicosm.Platform.Cpu;

namespace Multicosm.Vmx.Emulation;

/// <summary>
/// A vCPU's MMX, XMM and YMM registers between exits. The first two are in the FXSAVE image that vmx_enter has made. What YMM and ZMM add stays in the CPU:
/// it is saved to the area that serves while the vCPU is detached, changed there and loaded again.
/// </summary>
/// <source>SDM 1, "Managing State Using the XSAVE Feature Set"</source>
internal static unsafe class VectorRegisters
{
    private const int XmmBytes = 16;
    private const int XmmArea = 160;
    private const int MediaArea = 32;
    private const int MediaRegisters = 8;
    private const int SlotBytes = 16;
    private const int StatusWord = 2;
    private const int TagByte = 4;
    private const int TopShift = 11;
    private const ushort TopMask = 7 << TopShift;
    private const int AvxComponent = 2;
    private const int ZmmComponent = 6;
    private const int ZmmPartBytes = 32;
    private const int StateBits = 512;

    /// <summary>The low 16 or 32 bytes of vector register <paramref name="number"/>.</summary>
    public static void Read(VmxVcpu vcpu, int number, Span<byte> value)
    {
        new ReadOnlySpan<byte>(Xmm(vcpu, number), XmmBytes).CopyTo(value);
        if (value.Length > XmmBytes)
        {
            Save(vcpu);
            Part(vcpu, AvxComponent, number, XmmBytes).CopyTo(value[XmmBytes..]);
        }
    }

    /// <summary>Sets them; what is above stays, or with <paramref name="clearsRest"/> becomes 0.</summary>
    public static void Write(VmxVcpu vcpu, int number, ReadOnlySpan<byte> value, bool clearsRest)
    {
        value[..XmmBytes].CopyTo(new Span<byte>(Xmm(vcpu, number), XmmBytes));
        if (!clearsRest)
        {
            return;
        }

        Save(vcpu);
        Span<byte> upper = Part(vcpu, AvxComponent, number, XmmBytes);
        upper.Clear();
        value[XmmBytes..].CopyTo(upper);
        if ((Components(vcpu) >> ZmmComponent & 1) != 0)
        {
            Part(vcpu, ZmmComponent, number, ZmmPartBytes).Clear();
        }

        ulong xcr0 = vcpu.Registers->Xcr0;
        SwitchedState.LoadExtended(vcpu.ExtendedArea, Components(vcpu), xcr0, xcr0);
    }

    /// <summary>MMX register <paramref name="number"/>.</summary>
    public static ulong ReadMedia(VmxVcpu vcpu, int number)
    {
        EnterMedia(vcpu);
        return *Media(vcpu, number);
    }

    /// <summary>Sets it; bits 79:64 of the x87 register that it is part of become ones.</summary>
    public static void WriteMedia(VmxVcpu vcpu, int number, ulong value)
    {
        EnterMedia(vcpu);
        ulong* slot = Media(vcpu, number);
        slot[0] = value;
        slot[1] |= 0xFFFF;
    }

    // MMX instructions set the top of the x87 stack to 0 and all its tags to valid. The image has the registers in the order of the stack.
    private static void EnterMedia(VmxVcpu vcpu)
    {
        byte* image = (byte*)vcpu.Registers;
        int top = *(ushort*)(image + StatusWord) >> TopShift & (MediaRegisters - 1);
        if (top != 0)
        {
            Span<byte> slots = new(image + MediaArea, MediaRegisters * SlotBytes);
            Span<byte> old = stackalloc byte[MediaRegisters * SlotBytes];
            slots.CopyTo(old);
            int first = (MediaRegisters - top) * SlotBytes;
            old[first..].CopyTo(slots);
            old[..first].CopyTo(slots[(top * SlotBytes)..]);
        }

        *(ushort*)(image + StatusWord) &= unchecked((ushort)~TopMask);
        image[TagByte] = 0xFF;
    }

    private static ulong* Media(VmxVcpu vcpu, int number) => (ulong*)((byte*)vcpu.Registers + MediaArea + (number * SlotBytes));

    private static byte* Xmm(VmxVcpu vcpu, int number) => (byte*)vcpu.Registers + XmmArea + (number * XmmBytes);

    // AVX and, where the guest has switched it on, what AVX-512 adds above.
    private static ulong Components(VmxVcpu vcpu) => vcpu.Registers->Xcr0 & ((1 << AvxComponent) | (1 << ZmmComponent));

    // A component in its initial state may not have been written: it is all zeros, and is loaded again as such.
    private static void Save(VmxVcpu vcpu)
    {
        ulong components = Components(vcpu);
        ulong xcr0 = vcpu.Registers->Xcr0;
        SwitchedState.SaveExtended(vcpu.ExtendedArea, components, xcr0, xcr0);
        ulong* present = (ulong*)((byte*)vcpu.ExtendedArea + StateBits);
        ulong absent = components & ~*present;
        for (int component = AvxComponent; absent >> component != 0; component++)
        {
            if ((absent >> component & 1) != 0)
            {
                CpuidArea(component, out int offset, out int bytes);
                new Span<byte>((byte*)vcpu.ExtendedArea + offset, bytes).Clear();
            }
        }

        *present |= components;
    }

    private static Span<byte> Part(VmxVcpu vcpu, int component, int number, int partBytes)
    {
        CpuidArea(component, out int offset, out _);
        return new Span<byte>((byte*)vcpu.ExtendedArea + offset + (number * partBytes), partBytes);
    }

    private static void CpuidArea(int component, out int offset, out int bytes)
    {
        offset = (int)HostCpuid.Read(0xD, (uint)component).Ebx;
        bytes = (int)HostCpuid.Read(0xD, (uint)component).Eax;
    }
}
