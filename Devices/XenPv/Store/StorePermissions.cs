using System;
using System.Buffers.Binary;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>
/// Who may use a node: four bytes an entry, a domain's number and its rights. The first entry names the owner, who may do all, and the
/// rights of those that no other entry names. Domain 0, the hypervisor's manager, may do all everywhere.
/// </summary>
internal static class StorePermissions
{
    /// <summary>May read.</summary>
    public const byte Read = 1;

    /// <summary>May write.</summary>
    public const byte Write = 2;

    /// <summary>Is the owner: asked for together with rights that only an owner has.</summary>
    public const byte Owner = 4;

    /// <summary>Bytes of an entry.</summary>
    public const int EntryBytes = 4;

    /// <summary>Most entries of a node.</summary>
    public const int MaximumEntries = 16;

    /// <summary>Bytes of the longest list.</summary>
    public const int MaximumBytes = EntryBytes * MaximumEntries;

    /// <summary>Writes an entry.</summary>
    public static void Put(Span<byte> entry, ushort domain, byte rights)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(entry, domain);
        entry[2] = rights;
        entry[3] = 0;
    }

    /// <summary>The domain that an entry names.</summary>
    public static ushort Domain(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt16LittleEndian(entry);

    /// <summary>What <paramref name="domain"/> may do by <paramref name="list"/>, of at least one entry.</summary>
    public static byte RightsOf(ushort domain, ReadOnlySpan<byte> list)
    {
        if (domain == 0 || Domain(list) == domain)
        {
            return Read | Write | Owner;
        }

        for (int i = EntryBytes; i < list.Length; i += EntryBytes)
        {
            if (Domain(list[i..]) == domain)
            {
                return list[i + 2];
            }
        }

        return list[2];
    }

    /// <summary>The letter that stands for <paramref name="rights"/>: n, r, w or b.</summary>
    public static byte Letter(byte rights) => "nrwb"u8[rights & 3];

    /// <summary>The rights that <paramref name="letter"/> stands for; false if it is none.</summary>
    public static bool TryRights(byte letter, out byte rights)
    {
        int index = "nrwb"u8.IndexOf(letter);
        rights = (byte)Math.Max(index, 0);
        return index >= 0;
    }
}
