using System;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Traps;

/// <summary>Reads the instruction at which a guest stands, from whichever page table it runs on.</summary>
internal static unsafe class GuestCode
{
    private const ulong PageOffset = 4095;

    /// <summary>Copies the bytes at RIP, as many of <paramref name="code"/> as are mapped; returns how many.</summary>
    public static int Read(PvVcpu vcpu, Span<byte> code)
    {
        ulong rip = vcpu.Registers->Rip;
        if (GuestSpace.TryCopyInCurrent(vcpu, rip, code))
        {
            return code.Length;
        }

        int before = (int)Math.Min(4096 - (rip & PageOffset), (ulong)code.Length);
        return GuestSpace.TryCopyInCurrent(vcpu, rip, code[..before]) ? before : 0;
    }
}
