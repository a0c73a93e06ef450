using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Multicosm.Hosting.Composing;

/// <summary>The notes of a kernel that can be a Xen guest.</summary>
/// <source>Xen headers, "elfnote.h"</source>
internal static class XenNotes
{
    private const uint Entry = 1;
    private const uint XenVersion = 5;
    private const uint BsdSymbols = 11;
    private const uint PvhEntry = 18;
    private const int NoteHeaderBytes = 12;
    private const string OlderSection = "__xen_guest";

    /// <summary>True if the kernel can be a PV guest: it says where it is to be entered, or that it is for Xen and not for PVH alone, or has the section of Xen 3.0's time.</summary>
    public static bool IsParavirtual(ElfFile file)
    {
        HashSet<uint> types = ReadTypes(file);
        return types.Contains(Entry) || (types.Contains(XenVersion) && !types.Contains(PvhEntry)) || file.HasSection(OlderSection);
    }

    /// <summary>True if its section headers are needed: for its symbols, or for that older section.</summary>
    public static bool NeedsSections(ElfFile file) => ReadTypes(file).Contains(BsdSymbols) || file.HasSection(OlderSection);

    private static HashSet<uint> ReadTypes(ElfFile file)
    {
        HashSet<uint> types = [];
        foreach (ElfSegment segment in file.Segments)
        {
            if (segment.Type == ElfSegment.TypeNote)
            {
                Collect(file.ContentOf(in segment), types);
            }
        }

        return types;
    }

    private static void Collect(ReadOnlySpan<byte> notes, HashSet<uint> types)
    {
        while (notes.Length >= NoteHeaderBytes)
        {
            ulong nameBytes = Padded(notes);
            ulong noteBytes = NoteHeaderBytes + nameBytes + Padded(notes[4..]);
            if (noteBytes > (ulong)notes.Length)
            {
                return;
            }

            if (notes.Slice(NoteHeaderBytes, (int)nameBytes).StartsWith("Xen\0"u8))
            {
                _ = types.Add(BinaryPrimitives.ReadUInt32LittleEndian(notes[8..])); // may be there already
            }

            notes = notes[(int)noteBytes..];
        }
    }

    private static ulong Padded(ReadOnlySpan<byte> length) => (BinaryPrimitives.ReadUInt32LittleEndian(length) + 3UL) & ~3UL;
}
