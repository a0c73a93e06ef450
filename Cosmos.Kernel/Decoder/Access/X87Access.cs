using System;

namespace Multicosm.Decoder.Access;

/// <summary>The x87 instructions with a memory operand.</summary>
/// <source>SDM 2D, "Opcode Map", "Escape Opcode Instructions"</source>
internal static class X87Access
{
    /// <summary>The letters of <see cref="MemoryAccess"/> for the eight instructions of an opcode from D8 to DF.</summary>
    internal static ReadOnlySpan<byte> Row(byte opcode) => opcode switch
    {
        0xD8 or 0xDA => "dddddddd"u8,
        0xD9 => "d.DDnwNW"u8,
        0xDB => "dDDD.t.T"u8,
        0xDC => "qqqqqqqq"u8,
        0xDD => "qQQQs.SW"u8,
        0xDE => "wwwwwwww"u8,
        _ => "wWWWtqTQ"u8,
    };
}
