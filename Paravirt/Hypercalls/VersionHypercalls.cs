using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>xen_version: what this hypervisor says it is, and which parts of the ABI it offers. Takes no lock.</summary>
/// <source>Xen headers "version.h"; Xen headers "features.h"</source>
internal static class VersionHypercalls
{
    private const long Version = (4 << 16) | 17;
    private const long PageBytes = 4096;
    private const int CompileInformationBytes = 64 + 16 + 32 + 32;
    private const int CapabilitiesBytes = 1024;
    private const int ChangeSetBytes = 64;
    private const int CommandLineBytes = 1024;
    private const int HandleBytes = 16;

    // pae_pgdir_above_4gb, mmu_pt_update_preserve_ad, highmem_assist (CLEAR_PAGE, COPY_PAGE), gnttab_map_avail_bits, direct mapping of frames
    private const uint Features = (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 17);

    /// <summary>Runs sub-operation <paramref name="command"/>. Guests ask for the version again and again, to be given events.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long XenVersion(PvVcpu caller, ulong command, ulong argument) => command == 0 ? Version : Describe(caller, command, argument);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Describe(PvVcpu caller, ulong command, ulong argument) => command switch
    {
        1 => Put(caller, argument, ".0"u8, 16),
        2 => Put(caller, argument, default, CompileInformationBytes),
        3 => Put(caller, argument, "xen-3.0-x86_64 "u8, CapabilitiesBytes),
        4 => Put(caller, argument, "multicosm"u8, ChangeSetBytes),
        5 => PutNumber(caller, argument, Addresses.HoleStart),
        6 => GetFeatures(caller, argument),
        7 => PageBytes,
        8 => Put(caller, argument, default, HandleBytes),
        9 => Put(caller, argument, default, CommandLineBytes),
        _ => -(long)XenError.NoSystemCall,
    };

    private static long GetFeatures(PvVcpu caller, ulong argument)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (!GuestSpace.TryCopyIn(caller, argument, bytes))
        {
            return -(long)XenError.Fault;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != 0)
        {
            return -(long)XenError.Invalid; // there is one word of them
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Features);
        return GuestSpace.TryCopyOut(caller, argument, bytes) ? 0 : -(long)XenError.Fault;
    }

    private static long PutNumber(PvVcpu caller, ulong argument, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return GuestSpace.TryCopyOut(caller, argument, bytes) ? 0 : -(long)XenError.Fault;
    }

    // Text and the zeros behind it, in pieces.
    private static long Put(PvVcpu caller, ulong argument, ReadOnlySpan<byte> text, int bytes)
    {
        Span<byte> piece = stackalloc byte[16];
        for (int done = 0; done < bytes; done += piece.Length)
        {
            piece.Clear();
            if (done < text.Length)
            {
                text[done..Math.Min(text.Length, done + piece.Length)].CopyTo(piece);
            }

            if (!GuestSpace.TryCopyOut(caller, argument + (ulong)done, piece))
            {
                return -(long)XenError.Fault;
            }
        }

        return 0;
    }
}
