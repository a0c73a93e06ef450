using System;

namespace Multicosm.Hosting.Composing;

/// <summary>How a kernel is packed inside a bzImage: what its payload begins with, and which program unpacks it.</summary>
/// <param name="Program">The program, of a Debian package that the set-up installs.</param>
/// <param name="Arguments">What makes it read standard input and write standard output.</param>
/// <param name="HasLength">True if Linux' build puts the unpacked length behind the data; gzip's own trailer ends with it.</param>
internal sealed record PayloadFormat(string Program, string[] Arguments, bool HasLength)
{
    /// <summary>The format that <paramref name="data"/> begins like, or null for one that is not known here.</summary>
    /// <source>Linux Documentation/arch/x86/boot.rst, "Details of Header Fields"</source>
    public static PayloadFormat? Of(ReadOnlySpan<byte> data) => data switch
    {
        [0x1F, 0x8B, ..] => new("gzip", ["-dc"], HasLength: false),
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => new("xz", ["-dc"], HasLength: true),
        [0x5D, 0x00, 0x00, ..] => new("xz", ["-dc", "--format=lzma"], HasLength: true),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => new("zstd", ["-dcq", "--long=31"], HasLength: true),
        [0x02, 0x21, 0x4C, 0x18, ..] => new("lz4", ["-dcq"], HasLength: true),
        _ => null,
    };
}
