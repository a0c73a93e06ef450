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
        int first = (int)Math.Min(4096 - (rip & PageOffset), (ulong)code.Length);
        if (!GuestSpace.TryCopyCode(vcpu, rip, code[..first]))
        {
            return 0;
        }

        bool isWhole = first == code.Length || GuestSpace.TryCopyCode(vcpu, rip + (ulong)first, code[first..]);
        return isWhole ? code.Length : first;
    }
}
