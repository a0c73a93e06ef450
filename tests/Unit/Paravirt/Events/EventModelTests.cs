using System.Collections.Generic;
using FsCheck.Xunit;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Events;
using Xunit;

namespace Multicosm.Unit.Paravirt.Events;

/// <summary>Random operations of a guest that takes its events as guests do: none may be lost, none may come from a port that is closed.</summary>
public sealed unsafe class EventModelTests
{
    [Property(MaxTest = 300)]
    public void No_event_is_lost(ushort[] steps)
    {
        using PvFixture pv = new();
        HashSet<uint> open = [];
        HashSet<uint> sent = [];
        HashSet<uint> masked = [];
        foreach (ushort step in steps)
        {
            uint port = 1 + ((uint)step >> 4) % 200;
            switch (step % 8)
            {
                case 0 or 1:
                    Assert.Equal(0, pv.Event(7, (uint)step & 1));
                    open.Add(pv.Guest.UInt32(4));
                    break;
                case 2 or 3:
                    Assert.Equal(open.Contains(port), pv.Event(4, port) == 0);
                    if (open.Contains(port))
                    {
                        sent.Add(port);
                    }

                    break;
                case 4:
                    pv.Mask((int)port / 64) |= 1UL << (int)(port % 64);
                    masked.Add(port);
                    break;
                case 5:
                    Assert.Equal(0, pv.Event(9, port));
                    masked.Remove(port);
                    break;
                case 6:
                    Assert.Equal(open.Remove(port), pv.Event(3, port) == 0);
                    sent.Remove(port);
                    break;
                default:
                    TakeAll(pv, sent, masked);
                    break;
            }
        }

        TakeAll(pv, sent, masked);
        foreach (uint port in masked)
        {
            Assert.Equal(0, pv.Event(9, port));
        }

        masked.Clear();
        TakeAll(pv, sent, masked);
        Assert.Empty(sent);
    }

    // As guests do: vCPU, word, port.
    private static void TakeAll(PvFixture pv, HashSet<uint> sent, HashSet<uint> masked)
    {
        for (int i = 0; i < 2; i++)
        {
            PvVcpu vcpu = pv.Domain.Vcpu(i);
            if (vcpu.Info[SharedLayout.UpcallPending] == 0)
            {
                continue;
            }

            vcpu.Info[SharedLayout.UpcallPending] = 0;
            ulong words = PvFixture.Selector(vcpu);
            PvFixture.Selector(vcpu) = 0;
            for (int word = 0; word < 64; word++)
            {
                ulong ports = ((words >> word) & 1) != 0 ? pv.Pending(word) & ~pv.Mask(word) : 0;
                pv.Pending(word) &= ~ports;
                for (uint bit = 0; bit < 64; bit++)
                {
                    Assert.True(((ports >> (int)bit) & 1) == 0 || sent.Remove((uint)(word * 64) + bit));
                }
            }
        }

        // Whatever was sent and is not masked has been found.
        Assert.Subset(masked, sent);
    }
}
