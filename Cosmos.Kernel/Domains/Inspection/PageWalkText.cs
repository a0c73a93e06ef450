using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>Prints page walks, a line for each entry.</summary>
/// <source>SDM 3A, "4-Level Paging"</source>
public static class PageWalkText
{
    private const int DirtyBit = 6;

    /// <summary>Writes the walk for the address that <paramref name="name"/> names.</summary>
    public static void Write(TextOutput output, ReadOnlySpan<byte> name, in PageWalk walk, ulong cr3)
    {
        output.Write("  page walk of "u8);
        output.Write(name);
        output.Write(" 0x"u8);
        output.WriteHex(walk.Linear, 16);
        output.Write(walk.Mode switch
        {
            PagingMode.None => ": no paging\n"u8,
            PagingMode.Bits32 => ": 32-bit paging, cr3 0x"u8,
            PagingMode.Pae => ": PAE paging, cr3 0x"u8,
            PagingMode.FourLevel => ": 4-level paging, cr3 0x"u8,
            _ => ": 5-level paging, cr3 0x"u8,
        });
        if (walk.Mode == PagingMode.None)
        {
            return;
        }

        output.WriteHex(cr3, 16);
        output.Write("\n"u8);
        for (int i = 0; i < walk.Count; i++)
        {
            WriteStep(output, walk.Step(i), walk.Mode, i == walk.Count - 1 && walk.IsMapped);
        }

        WriteEnd(output, in walk);
    }

    private static void WriteStep(TextOutput output, PageWalkStep step, PagingMode mode, bool isLeaf)
    {
        int digits = mode == PagingMode.Bits32 ? 8 : 16;
        output.Write("    level "u8);
        output.WriteNumber((ulong)step.Level);
        bool isInProcessor = mode == PagingMode.Pae && step.Level == 3;
        output.Write(isInProcessor ? " in the processor      "u8 : " at 0x"u8);
        if (!isInProcessor)
        {
            output.WriteHex(step.Address, 16);
        }

        output.Write(": 0x"u8);
        output.WriteHex(step.Value, digits);
        if (!isInProcessor && (step.Value & 1) != 0)
        {
            output.Write((step.Value & 2) != 0 ? " writable"u8 : " read-only"u8);
            output.Write((step.Value & 4) != 0 ? " user"u8 : " supervisor"u8);
            Flag(output, step.Value, 5, " accessed"u8);
            Flag(output, isLeaf ? step.Value : 0, DirtyBit, " dirty"u8);
            Flag(output, isLeaf && step.Level > 1 ? step.Value : 0, 7, " large"u8);
            Flag(output, mode == PagingMode.Bits32 ? 0 : step.Value, 63, " no-execute"u8);
        }

        output.Write("\n"u8);
    }

    private static void WriteEnd(TextOutput output, in PageWalk walk)
    {
        switch (walk.End)
        {
            case PageWalkEnd.Mapped:
                output.Write("    guest physical 0x"u8);
                output.WriteHex(walk.Physical, 16);
                output.Write(", a page of "u8);
                output.WriteNumber(walk.PageBytes >> 10);
                output.WriteLine(" KiB"u8);
                break;
            case PageWalkEnd.NotPresent:
                output.Write("    not present at level "u8);
                output.WriteNumber((ulong)walk.Step(walk.Count - 1).Level);
                output.WriteLine(""u8);
                break;
            case PageWalkEnd.NoRam:
                output.WriteLine("    the next table lies where there is no RAM"u8);
                break;
            case PageWalkEnd.NotCanonical:
                output.WriteLine("    not canonical"u8);
                break;
        }
    }

    private static void Flag(TextOutput output, ulong value, int bit, ReadOnlySpan<byte> name)
    {
        if ((value >> bit & 1) != 0)
        {
            output.Write(name);
        }
    }
}
