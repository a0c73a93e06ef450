using System;

namespace Multicosm.Decoder.Access;

/// <summary>The MMX, SSE and AVX instructions with a memory operand, and the others of their maps. Masked stores, gathers and what writes to a second place are left out.</summary>
/// <source>SDM 2D, "Opcode Map"</source>
internal static class VectorAccess
{
    /// <summary>The letter of <see cref="MemoryAccess"/> for an opcode of map 1 (0F), 2 (0F 38) or 3 (0F 3A), with its prefix numbered as in VEX; a dot for none, k for d or q by VEX.W.</summary>
    internal static byte Letter(int map, int prefix, byte opcode)
    {
        ReadOnlySpan<byte> row = map switch
        {
            1 => Map1(prefix, opcode >> 4),
            2 => Map2(prefix, opcode >> 4),
            3 => Map3(prefix, opcode >> 4),
            _ => default,
        };
        return row.IsEmpty ? (byte)'.' : row[opcode & 15];
    }

    private static ReadOnlySpan<byte> Map1(int prefix, int row) => (prefix, row) switch
    {
        (0, 0x1) => "xXqQxxqQ........"u8,
        (0, 0x2) => "........xXqXqqdd"u8,
        (0, 0x5) => ".xxxxxxxxxhxxxxx"u8,
        (0, 0x6) => "dddqqqqqqqqq..yq"u8,
        (0, 0x7) => "q...qqq.......YQ"u8,
        (0, 0xC) => "..x.w.x........."u8,
        (0, 0xD) => ".qqqqq..qqqqqqqq"u8,
        (0, 0xE) => "qqqqqq.Qqqqqqqqq"u8,
        (0, 0xF) => ".qqqqqq.qqqqqqq."u8,
        (1, 0x1) => "xXqQxxqQ........"u8,
        (1, 0x2) => "........xXqXooqq"u8,
        (1, 0x5) => ".x..xxxxxxxxxxxx"u8,
        (1, 0x6) => "xxxxxxxxxxxxxxyx"u8,
        (1, 0x7) => "x...xxx.....xxYX"u8,
        (1, 0xC) => "..x.w.x........."u8,
        (1, 0xD) => "xoooxxQ.xxxxxxxx"u8,
        (1, 0xE) => "xooxxxxXxxxxxxxx"u8,
        (1, 0xF) => ".oooxxx.xxxxxxx."u8,
        (2, 0x1) => "dDx...x........."u8,
        (2, 0x2) => "..........yDdd.."u8,
        (2, 0x5) => ".ddd....dddxdddd"u8,
        (2, 0x6) => "...............x"u8,
        (2, 0x7) => "x.............qX"u8,
        (2, 0xC) => "..d............."u8,
        (2, 0xE) => "......h........."u8,
        (3, 0x1) => "qQm............."u8,
        (3, 0x2) => "..........yQqq.."u8,
        (3, 0x5) => ".q......qqq.qqqq"u8,
        (3, 0x7) => "x...........xx.."u8,
        (3, 0xC) => "..q............."u8,
        (3, 0xD) => "x..............."u8,
        (3, 0xE) => "......x........."u8,
        (3, 0xF) => "x..............."u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> Map2(int prefix, int row) => (prefix, row) switch
    {
        (0, 0x0) => "qqqqqqqqqqqq...."u8,
        (0, 0x1) => "............qqq."u8,
        (0, 0x5) => "xx.............."u8,
        (0, 0xB) => "x..............."u8,
        (0, 0xC) => "........oooooo.."u8,
        (0, 0xD) => "..xx......o....."u8,
        (0, 0xF) => "..y..y.y.Y......"u8,
        (1, 0x0) => "xxxxxxxxxxxxxxxx"u8,
        (1, 0x1) => "o..hooxxdfh.xxx."u8,
        (1, 0x2) => "hfehfh..xxxxxx.."u8,
        (1, 0x3) => "hfehfhxxxxxxxxxx"u8,
        (1, 0x4) => "xo...xxx........"u8,
        (1, 0x5) => "xxxx....dqh....."u8,
        (1, 0x7) => "........bw......"u8,
        (1, 0x8) => "..o.........x..."u8,
        (1, 0x9) => "......xxxkxkxkxk"u8,
        (1, 0xA) => "......xxxkxkxkxk"u8,
        (1, 0xB) => "xw..xxxxxkxkxkxk"u8,
        (1, 0xC) => "...............x"u8,
        (1, 0xD) => "..xx......ooxxxx"u8,
        (1, 0xF) => "......yy........"u8,
        (2, 0x5) => "xx.............."u8,
        (2, 0x7) => "..x............."u8,
        (2, 0xB) => "xw.............."u8,
        (2, 0xD) => "..xx......x....."u8,
        (2, 0xF) => ".....yyy........"u8,
        (3, 0x5) => "xx.............."u8,
        (3, 0xB) => "x..............."u8,
        (3, 0xD) => "..........x....."u8,
        (3, 0xF) => "by...yyy........"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> Map3(int prefix, int row) => (prefix, row) switch
    {
        (0, 0x0) => "...............q"u8,
        (0, 0xC) => "............o..."u8,
        (1, 0x0) => "xxx.xxx.xxdqxxxx"u8,
        (1, 0x1) => "....BWYDhH...H.."u8,
        (1, 0x2) => "bdy............."u8,
        (1, 0x3) => "........hH......"u8,
        (1, 0x4) => "xox.x.x.xxxxx..."u8,
        (1, 0x5) => "............xxxx"u8,
        (1, 0x6) => "oooo....xxdqxxdq"u8,
        (1, 0x7) => "........xxdqxxdq"u8,
        (1, 0xC) => "..............xx"u8,
        (1, 0xD) => "..............oo"u8,
        (3, 0xF) => "y..............."u8,
        _ => default,
    };
}
