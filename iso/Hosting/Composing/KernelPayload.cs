using System;
using System.Buffers.Binary;
using Multicosm.Domains.Loaders;

namespace Multicosm.Hosting.Composing;

/// <summary>The kernel proper inside a packed file.</summary>
internal static class KernelPayload
{
    // A field of the setup header: where the payload begins, from the protected-mode kernel on; its length is in the next.
    private const int PayloadOffset = 0x248;
    private const int LengthBytes = sizeof(uint);

    /// <summary>
    /// What is packed in the bzImage <paramref name="file"/>; null if nothing is, or by a program that is not known here. A
    /// <see cref="HostException"/> that begins with <paramref name="what"/> says that it is damaged.
    /// </summary>
    public static byte[]? OfBzImage(ReadOnlySpan<byte> file, in LinuxHeader header, string what)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(file[PayloadOffset..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[(PayloadOffset + sizeof(uint))..]);
        if (length == 0)
        {
            return null;
        }

        return (ulong)offset + length <= (ulong)header.KernelBytes
            ? Unpack(file.Slice(header.KernelOffset + (int)offset, (int)length), what)
            : throw Damaged(what, "its header places the kernel behind the file's end");
    }

    /// <summary>Unpacks <paramref name="packed"/>; null if it is of no known format. Otherwise as <see cref="OfBzImage"/>.</summary>
    public static byte[]? Unpack(ReadOnlySpan<byte> packed, string what)
    {
        if (PayloadFormat.Of(packed) is not PayloadFormat format)
        {
            return null;
        }

        if (packed.Length <= LengthBytes)
        {
            throw Damaged(what, "the kernel inside is cut off");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(packed[^LengthBytes..]);
        byte[] data = (format.HasLength ? packed[..^LengthBytes] : packed).ToArray();
        if (length > Array.MaxLength)
        {
            throw Damaged(what, $"the kernel inside claims {length} bytes");
        }

        byte[] kernel = new byte[length];
        return Tool.TryConvert(format.Program, format.Arguments, data, kernel, out string errors)
            ? kernel
            : throw Damaged(what, $"{format.Program} cannot unpack the {length} bytes inside{(errors.Length == 0 ? "" : $" ({errors})")}");
    }

    private static HostException Damaged(string what, string why) => new(ExitCode.Failure, $"{what}: {why}, expected an undamaged kernel");
}
