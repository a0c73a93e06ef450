using System;
using System.Buffers.Binary;

namespace Multicosm.Domains.Loaders;

/// <summary>What a kernel says about itself to a Xen loader: by notes, or, in older ones, by the section __xen_guest.</summary>
/// <source>Xen headers "elfnote.h"</source>
public ref struct ParavirtNotes
{
    private const uint EntryNote = 1;
    private const uint HypercallPageNote = 2;
    private const uint VirtualBaseNote = 3;
    private const uint PhysicalOffsetNote = 4;
    private const uint XenVersionNote = 5;
    private const uint LoaderNote = 8;
    private const uint SymbolsNote = 11;
    private const uint HoleStartNote = 12;
    private const uint FrameListNote = 15;
    private const uint ModuleByFrameNote = 16;
    private const uint PvhEntryNote = 18;
    private const ulong PageBytes = 4096;

    /// <summary>Linear address of the first instruction; 0 if nothing says so.</summary>
    public ulong Entry;

    /// <summary>Linear address of the hypercall page; 0 if there is none.</summary>
    public ulong HypercallPage;

    /// <summary>Linear address of pseudo-physical address 0.</summary>
    public ulong VirtualBase;

    /// <summary>What is subtracted from a segment's physical address.</summary>
    public ulong PhysicalOffset;

    /// <summary>The lowest address of the hypervisor's hole that the kernel accepts; 0 if it says nothing.</summary>
    public ulong HoleStart;

    /// <summary>Where the list of machine frames is to appear; 0 to have it with the image.</summary>
    public ulong FrameList;

    /// <summary>The kernel takes a ramdisk by its frame number.</summary>
    public bool TakesModuleByFrame;

    /// <summary>The kernel's section headers are needed: for its symbols, or because it says all this in a section.</summary>
    public bool NeedsSections;

    private bool _isFound;
    private uint _pvhEntry;
    private bool _isOffsetGiven;
    private bool _isVersionKnown;
    private bool _isLoaderKnown;

    /// <summary>Success; NoXenNotes (not a Xen PV kernel); OtherXenVersion (not xen-3.0, or for another loader); Truncated.</summary>
    public static LoadStatus Read(in ElfFile elf, ReadOnlySpan<byte> file, out ParavirtNotes notes)
    {
        notes = default;
        notes._isVersionKnown = true;
        notes._isLoaderKnown = true;
        if (!notes.TryTakeAll(in elf, file))
        {
            return LoadStatus.Truncated;
        }

        // A kernel for PVH alone has these notes too, but no entry for PV; one for PV alone may leave its entry to the ELF header.
        notes._isFound = notes.Entry != 0 || (notes._isFound && notes._pvhEntry == 0);
        bool hasSection = elf.TrySection("__xen_guest"u8, out ReadOnlySpan<byte> text);
        notes.NeedsSections |= hasSection;
        if (!notes._isFound && hasSection)
        {
            notes.TakeText(text);
            notes.PhysicalOffset = notes._isOffsetGiven ? notes.PhysicalOffset : notes.VirtualBase; // so it was before there were notes
        }

        if (!notes._isFound)
        {
            return LoadStatus.NoXenNotes;
        }

        notes.Entry = notes.Entry == 0 ? elf.Entry : notes.Entry;
        return notes._isVersionKnown && notes._isLoaderKnown ? LoadStatus.Success : LoadStatus.OtherXenVersion;
    }

    /// <summary>Where a kernel for PVH begins, a physical address; false if no note says so.</summary>
    public static bool TryReadPvhEntry(in ElfFile elf, ReadOnlySpan<byte> file, out uint entry)
    {
        ParavirtNotes notes = default;
        bool isWhole = notes.TryTakeAll(in elf, file);
        entry = notes._pvhEntry;
        return isWhole && entry != 0;
    }

    private bool TryTakeAll(in ElfFile elf, ReadOnlySpan<byte> file)
    {
        for (int i = 0; i < elf.SegmentCount; i++)
        {
            if (!elf.TrySegment(i, out ElfSegment segment))
            {
                return false;
            }

            if (segment.Type == ElfFile.Note)
            {
                TakeNotes(file.Slice(segment.FileOffset, segment.FileBytes));
            }
        }

        return true;
    }

    private void TakeNotes(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            ulong nameBytes = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            ulong valueBytes = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            ulong valueStart = 12 + ((nameBytes + 3) & ~3UL);
            ulong end = valueStart + ((valueBytes + 3) & ~3UL);
            if (valueStart + valueBytes > (ulong)notes.Length)
            {
                return;
            }

            if (notes.Slice(12, (int)nameBytes).SequenceEqual("Xen\0"u8))
            {
                TakeNote(type, notes.Slice((int)valueStart, (int)valueBytes));
            }

            notes = notes[(int)Math.Min(end, (ulong)notes.Length)..];
        }
    }

    private void TakeNote(uint type, ReadOnlySpan<byte> value)
    {
        ulong number = value.Length switch
        {
            4 => BinaryPrimitives.ReadUInt32LittleEndian(value),
            8 => BinaryPrimitives.ReadUInt64LittleEndian(value),
            _ => 0,
        };
        switch (type)
        {
            case EntryNote:
                Entry = number;
                break;
            case SymbolsNote:
                NeedsSections = true;
                break;
            case HypercallPageNote:
                HypercallPage = number;
                break;
            case VirtualBaseNote:
                VirtualBase = number;
                break;
            case PhysicalOffsetNote:
                PhysicalOffset = number;
                break;
            case XenVersionNote:
                _isVersionKnown = value.StartsWith("xen-3.0"u8);
                _isFound = true;
                break;
            case PvhEntryNote:
                _pvhEntry = (uint)number;
                break;
            case LoaderNote:
                _isLoaderKnown = value.StartsWith("generic"u8);
                break;
            case HoleStartNote:
                HoleStart = number;
                break;
            case FrameListNote:
                FrameList = number;
                break;
            case ModuleByFrameNote:
                TakesModuleByFrame = number == 1;
                break;
            default:
                break; // the others ask nothing of a loader
        }
    }

    // LOADER=generic,VIRT_BASE=0xffffffff80000000,... up to a zero byte.
    private void TakeText(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)0);
        text = end < 0 ? text : text[..end];
        _isFound = true;
        while (!text.IsEmpty)
        {
            int comma = text.IndexOf((byte)',');
            ReadOnlySpan<byte> pair = comma < 0 ? text : text[..comma];
            text = comma < 0 ? default : text[(comma + 1)..];
            int equals = pair.IndexOf((byte)'=');
            if (equals > 0)
            {
                TakePair(pair[..equals], pair[(equals + 1)..]);
            }
        }
    }

    private void TakePair(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("XEN_VER"u8))
        {
            _isVersionKnown = value.StartsWith("xen-3.0"u8);
        }
        else if (key.SequenceEqual("LOADER"u8))
        {
            _isLoaderKnown = value.SequenceEqual("generic"u8);
        }
        else if (key.SequenceEqual("VIRT_BASE"u8))
        {
            VirtualBase = Number(value);
        }
        else if (key.SequenceEqual("VIRT_ENTRY"u8))
        {
            Entry = Number(value);
        }
        else if (key.SequenceEqual("ELF_PADDR_OFFSET"u8))
        {
            PhysicalOffset = Number(value);
            _isOffsetGiven = true;
        }
        else if (key.SequenceEqual("HYPERCALL_PAGE"u8))
        {
            HypercallPage = VirtualBase + (Number(value) * PageBytes); // a page number, which follows VIRT_BASE in the text
        }
    }

    private static ulong Number(ReadOnlySpan<byte> text)
    {
        bool isHex = text.StartsWith("0x"u8);
        ulong value = 0;
        foreach (byte digit in isHex ? text[2..] : text)
        {
            uint lower = digit | 0x20u;
            uint units = digit is >= (byte)'0' and <= (byte)'9' ? digit - (uint)'0' : lower is >= 'a' and <= 'f' ? lower - 'a' + 10 : 16;
            if (units >= (isHex ? 16u : 10u))
            {
                return 0;
            }

            value = unchecked((value * (isHex ? 16u : 10u)) + units);
        }

        return value;
    }
}
