using System;

namespace Multicosm.Domains.Configuration;

/// <summary>
/// How a path in a domain file names a boot module. The composer calls a file by its path relative to the deepest common
/// directory of all files on the ISO; a relative path in a domain file starts at that file's own directory.
/// </summary>
public static class ModulePath
{
    /// <summary>The longest name of a module, in bytes.</summary>
    public const int MaximumLength = 1023;

    /// <summary>
    /// The module that <paramref name="value"/> names in the domain file whose own module is <paramref name="domainFileName"/>:
    /// '.' and '..' and doubled slashes removed, an absolute value kept absolute. False, with length 0, if the path leads above
    /// the root, names a directory, is empty or does not fit into <paramref name="output"/>.
    /// </summary>
    public static bool TryResolve(ReadOnlySpan<byte> domainFileName, ReadOnlySpan<byte> value, Span<byte> output, out int length)
    {
        length = 0;
        if (value.IsEmpty || value[^1] == '/')
        {
            return false;
        }

        bool absolute = value[0] == '/' || domainFileName.StartsWith("/"u8);
        if (absolute && !TryAppendByte((byte)'/', output, ref length))
        {
            return false;
        }

        bool complete = value[0] == '/' || TryAppend(DirectoryOf(domainFileName), output, ref length);
        if (complete && TryAppend(value, output, ref length) && length > 0 && output[length - 1] != '/' && !EndsAtDots(value))
        {
            return true;
        }

        length = 0;
        return false;
    }

    private static bool EndsAtDots(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> last = path[(path.LastIndexOf((byte)'/') + 1)..];
        return last.SequenceEqual("."u8) || last.SequenceEqual(".."u8);
    }

    private static ReadOnlySpan<byte> DirectoryOf(ReadOnlySpan<byte> file) => file[..(file.LastIndexOf((byte)'/') + 1)];

    private static bool TryAppend(ReadOnlySpan<byte> path, Span<byte> output, ref int length)
    {
        while (!path.IsEmpty)
        {
            int slash = path.IndexOf((byte)'/');
            ReadOnlySpan<byte> part = slash < 0 ? path : path[..slash];
            path = slash < 0 ? default : path[(slash + 1)..];
            if (!TryAppendPart(part, output, ref length))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAppendPart(ReadOnlySpan<byte> part, Span<byte> output, ref int length)
    {
        if (part.IsEmpty || part.SequenceEqual("."u8))
        {
            return true;
        }

        if (part.SequenceEqual(".."u8))
        {
            return TryRemoveLast(output, ref length);
        }

        bool first = length == 0 || output[length - 1] == '/';
        if (!first && !TryAppendByte((byte)'/', output, ref length))
        {
            return false;
        }

        if (part.Length > Math.Min(output.Length, MaximumLength) - length)
        {
            return false;
        }

        part.CopyTo(output[length..]);
        length += part.Length;
        return true;
    }

    private static bool TryRemoveLast(Span<byte> output, ref int length)
    {
        int slash = output[..length].LastIndexOf((byte)'/');
        if (length == 0 || (slash == 0 && length == 1))
        {
            return false;
        }

        length = slash == 0 ? 1 : Math.Max(slash, 0);
        return true;
    }

    private static bool TryAppendByte(byte value, Span<byte> output, ref int length)
    {
        if (length >= Math.Min(output.Length, MaximumLength))
        {
            return false;
        }

        output[length++] = value;
        return true;
    }
}
