using System;
using System.Buffers.Text;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>Paths of the store: "/local/domain/3/name", or relative to the caller's own part: "name".</summary>
/// <source>Xen headers "io/xs_wire.h"</source>
internal static class StorePath
{
    /// <summary>Bytes of the longest absolute path.</summary>
    public const int MaximumAbsolute = 3072;

    /// <summary>Bytes of the longest relative path.</summary>
    public const int MaximumRelative = 2048;

    /// <summary>Bytes that an absolute path made of a relative one can have.</summary>
    public const int BufferBytes = MaximumAbsolute;

    /// <summary>What stands before the number in the path of a domain's part.</summary>
    public static ReadOnlySpan<byte> Domains => "/local/domain/"u8;

    /// <summary>
    /// Writes the absolute path that <paramref name="domain"/> means by <paramref name="text"/> to <paramref name="buffer"/>, of
    /// <see cref="BufferBytes"/>; false if it is none. With <paramref name="allowsSpecial"/> names that begin with '@' are taken as they are.
    /// </summary>
    public static bool TryMakeAbsolute(ReadOnlySpan<byte> text, ushort domain, bool allowsSpecial, Span<byte> buffer, out int length)
    {
        length = 0;
        bool isRelative = IsRelative(text);
        int limit = isRelative ? MaximumRelative : MaximumAbsolute;
        if (text.IsEmpty || text.Length > limit || (text[0] == (byte)'@' && !allowsSpecial) || !IsWellFormed(text))
        {
            return false;
        }

        length = isRelative ? WriteOwn(domain, buffer) : 0;
        if (isRelative)
        {
            buffer[length++] = (byte)'/';
        }

        text.CopyTo(buffer[length..]);
        length += text.Length;
        return true;
    }

    /// <summary>True if <paramref name="text"/> is relative to the caller's part.</summary>
    public static bool IsRelative(ReadOnlySpan<byte> text) => !text.IsEmpty && text[0] is not ((byte)'/' or (byte)'@');

    /// <summary>Writes the path of <paramref name="domain"/>'s part; gives its length.</summary>
    public static int WriteOwn(ushort domain, Span<byte> buffer)
    {
        Domains.CopyTo(buffer);
        _ = Utf8Formatter.TryFormat(domain, buffer[Domains.Length..], out int digits); // room for 5 digits
        return Domains.Length + digits;
    }

    /// <summary>If <paramref name="absolute"/> leads into a domain's part, gives its number and the path in it.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> absolute, out ushort domain, out ReadOnlySpan<byte> rest)
    {
        domain = 0;
        rest = absolute;
        if (!absolute.StartsWith(Domains))
        {
            return false;
        }

        ReadOnlySpan<byte> number = absolute[Domains.Length..];
        bool isNumber = Utf8Parser.TryParse(number, out domain, out int digits) && number[0] is >= (byte)'1' and <= (byte)'9'; // the number as it is written, no leading zeros
        if (!isNumber || (digits < number.Length && number[digits] != (byte)'/'))
        {
            return false;
        }

        rest = number[digits..];
        return true;
    }

    /// <summary>True if <paramref name="path"/> is <paramref name="top"/> or lies under it.</summary>
    public static bool IsWithin(ReadOnlySpan<byte> path, ReadOnlySpan<byte> top) =>
        path.StartsWith(top) && (path.Length == top.Length || top.Length == 1 || path[top.Length] == (byte)'/');

    // Names of letters, digits and -/_@ between single slashes, none at the end.
    private static bool IsWellFormed(ReadOnlySpan<byte> text)
    {
        byte last = 0;
        foreach (byte value in text)
        {
            bool isKnown = value is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9')
                or (byte)'-' or (byte)'/' or (byte)'_' or (byte)'@';
            if (!isKnown || (value == (byte)'/' && last == (byte)'/'))
            {
                return false;
            }

            last = value;
        }

        return last != (byte)'/' || text.Length == 1;
    }
}
