using System;
using Multicosm.Machine;

namespace Multicosm.Paravirt.Memory;

/// <summary>A PV domain's RAM by the machine addresses that its page tables hold; frames of others are not RAM here.</summary>
internal sealed unsafe class MachineMemory(DomainMemory memory) : GuestMemory
{
    /// <inheritdoc/>
    public override bool TryCopyIn(GuestPhysicalAddress address, Span<byte> destination)
    {
        while (destination.Length != 0)
        {
            byte* source = Find(address);
            if (source == null)
            {
                return false;
            }

            int length = Math.Min(destination.Length, 4096 - (int)(address.Value & 0xFFF));
            new ReadOnlySpan<byte>(source, length).CopyTo(destination);
            destination = destination[length..];
            address = address.Add((ulong)length);
        }

        return true;
    }

    /// <summary>Copies nothing: what is written by machine address could be a page table.</summary>
    public override bool TryCopyOut(GuestPhysicalAddress address, ReadOnlySpan<byte> source) => false;

    private byte* Find(GuestPhysicalAddress address)
    {
        ulong number = address.Value >> 12;
        return memory.Types.TryRecord(new ClaimedFrame(number), out _) ? memory.Window.Page(new HostFrame(number)) + (address.Value & 0xFFF) : null;
    }
}
