using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>Says in words why a kernel cannot be loaded.</summary>
public static class LoadMessages
{
    private const ulong MiB = 1UL << 20;

    /// <summary>Writes one sentence without its end: which file, what is wrong, what to do.</summary>
    public static void Describe(TextOutput output, LoadStatus status, ReadOnlySpan<byte> file, ulong neededBytes, uint commandLineLimit)
    {
        output.Write("kernel \""u8);
        output.Write(file);
        output.Write("\" "u8);
        output.Write(WhatOf(status));
        if (status == LoadStatus.NeedsMoreMemory)
        {
            output.Write(" "u8);
            output.WriteNumber((neededBytes + MiB - 1) / MiB);
            output.Write(" MiB: give memory at least that"u8);
        }
        else if (status is LoadStatus.CommandLineTooLong or LoadStatus.ParavirtCommandLineTooLong)
        {
            output.Write(" "u8);
            output.WriteNumber(commandLineLimit);
            output.Write(" bytes"u8);
        }
    }

    private static ReadOnlySpan<byte> WhatOf(LoadStatus status) => status switch
    {
        LoadStatus.NotBzImage => "is no kernel: it is neither a bzImage, nor an ELF file with a PVH entry, nor has it a multiboot header"u8,
        LoadStatus.Truncated => "is cut off: it is shorter than its header says"u8,
        LoadStatus.TooOld => "is too old: boot protocol 2.10 (Linux 2.6.31) or later is needed"u8,
        LoadStatus.NotLoadedHigh => "is a zImage, which is not supported: build a bzImage"u8,
        LoadStatus.Malformed => "has a header whose sizes or addresses make no sense"u8,
        LoadStatus.NotElf => "is neither an ELF file nor a Linux kernel that has one in it"u8,
        LoadStatus.NoXenNotes => "cannot be a paravirtual guest: it has no Xen notes"u8,
        LoadStatus.OtherXenVersion => "is made for another Xen ABI than xen-3.0, or for a loader of its own"u8,
        LoadStatus.NoPvhEntry => "has no entry for PVH: build it with CONFIG_PVH, or use type = \"hvm\""u8,
        LoadStatus.DemandsUnknown => "demands of a multiboot loader what the specification does not know"u8,
        LoadStatus.CommandLineTooLong or LoadStatus.ParavirtCommandLineTooLong => "takes a command line of at most"u8,
        LoadStatus.NeedsMoreMemory => "needs, with its ramdisk,"u8,
        LoadStatus.MemoryFault => "could not be copied into the domain's memory"u8,
        LoadStatus.Success or LoadStatus.InProgress => "is all right"u8,
        _ => "cannot be loaded"u8, // a status is one of the members above
    };
}
