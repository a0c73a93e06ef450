using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The page of code through which older kernels make hypercalls: 32 bytes for each number.</summary>
/// <source>Xen headers "arch-x86/xen-x86_64.h"</source>
internal static unsafe class HypercallPage
{
    private const int PageBytes = 4096;
    private const int SlotBytes = 32;
    private const uint IretCall = 23;

    /// <summary>Writes all slots: push rcx; push r11; mov eax, number; syscall; pop r11; pop rcx; ret. That of iret saves RAX too and does not come back.</summary>
    public static void Fill(Span<byte> page)
    {
        page.Fill(0xCC);
        for (uint number = 0; number < PageBytes / SlotBytes; number++)
        {
            Span<byte> slot = page.Slice((int)number * SlotBytes, SlotBytes);
            ReadOnlySpan<byte> code = number == IretCall
                ? [0x51, 0x41, 0x53, 0x50, 0xB8, 0, 0, 0, 0, 0x0F, 0x05]
                : [0x51, 0x41, 0x53, 0xB8, 0, 0, 0, 0, 0x0F, 0x05, 0x41, 0x5B, 0x59, 0xC3];
            code.CopyTo(slot);
            BinaryPrimitives.WriteUInt32LittleEndian(slot[(number == IretCall ? 5 : 4)..], number);
        }
    }

    /// <summary>
    /// Fills the domain's own page at machine address <paramref name="address"/>, which names the first and only page in its low bits. None;
    /// Invalid or NotPermitted if it may not be written; Unfinished. Takes the page lock.
    /// </summary>
    public static XenError TryFill(PvDomain domain, ulong address)
    {
        PageTypes types = domain.Ram.Types;
        if ((address & (PageBytes - 1)) != 0)
        {
            return XenError.Invalid;
        }

        XenError error = types.Begin();
        if (error != XenError.None)
        {
            return error;
        }

        error = types.TryGet(new ClaimedFrame(address / PageBytes), FrameType.Writable, out HostFrame frame);
        if (error == XenError.None)
        {
            Fill(new Span<byte>(domain.Ram.Window.Page(frame), PageBytes)); // Safe because the frame is the domain's and holds no table.
            types.Put(frame);
        }

        return error;
    }
}
