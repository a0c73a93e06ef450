using System;
using System.Runtime.InteropServices;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Hypercalls;

namespace Multicosm.Unit.Paravirt.Events;

/// <summary>A guest whose kernel has 16 KiB at address 0 and nothing else.</summary>
internal sealed class FlatArguments : GuestArguments
{
    internal byte[] Bytes { get; } = new byte[16384];

    internal int Copies { get; private set; }

    internal ref uint UInt32(ulong address) => ref MemoryMarshal.AsRef<uint>(Bytes.AsSpan((int)address));

    internal ref ulong UInt64(ulong address) => ref MemoryMarshal.AsRef<ulong>(Bytes.AsSpan((int)address));

    public override bool TryCopyIn(PvVcpu vcpu, ulong linear, Span<byte> destination)
    {
        bool fits = Fits(linear, destination.Length);
        if (fits)
        {
            Bytes.AsSpan((int)linear, destination.Length).CopyTo(destination);
        }

        return fits;
    }

    public override bool TryCopyOut(PvVcpu vcpu, ulong linear, ReadOnlySpan<byte> source)
    {
        bool fits = Fits(linear, source.Length);
        if (fits)
        {
            Copies++;
            source.CopyTo(Bytes.AsSpan((int)linear));
        }

        return fits;
    }

    private bool Fits(ulong linear, int length) => linear <= (ulong)(Bytes.Length - length);
}
