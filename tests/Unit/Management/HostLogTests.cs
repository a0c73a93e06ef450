using System;
using System.Linq;
using System.Text;
using Multicosm.Machine;
using Multicosm.Unit.Configuration;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class HostLogTests
{
    private readonly HostLog _log = new(64);

    [Fact]
    public void The_newest_bytes_are_kept_whatever_the_pieces_they_come_in()
    {
        Random random = new(1);
        StringBuilder all = new();
        for (int i = 0; i < 500; i++)
        {
            string piece = string.Concat(Enumerable.Range(0, random.Next(150)).Select(_ => random.Next(9) == 0 ? '\n' : (char)('a' + random.Next(26))));
            all.Append(piece);
            _log.Write(Encoding.UTF8.GetBytes(piece));
            Assert.Equal((ulong)all.Length, _log.EndPosition);
            Assert.Equal(all.ToString()[^Math.Min(64, all.Length)..], Read(0));
        }
    }

    [Theory]
    [InlineData(LogLevel.Error, "e\n")]
    [InlineData(LogLevel.Warning, "e\nw\n")]
    [InlineData(LogLevel.Info, "e\nw\ni1\ni2\n")]
    [InlineData(LogLevel.Debug, "e\nw\ni1\nd1\nd2\ni2\n")]
    public void The_console_shows_lines_up_to_its_level_and_the_log_keeps_all(LogLevel level, string shown)
    {
        TextCollector console = new();
        TextCollector screen = new();
        _log.Console = console;
        _log.ConsoleLevel = level;
        _log.Screen = screen;
        _log.At(LogLevel.Error).WriteLine("e"u8);
        _log.At(LogLevel.Warning).Write("w"u8);
        _log.WriteLine(""u8); // the line goes on as it began
        _log.WriteLine("i1"u8);
        _log.At(LogLevel.Debug).Write("d1\nd2\n"u8);
        _log.At(LogLevel.Kept).WriteLine("k"u8);
        _log.WriteLine("i2"u8);
        Assert.Equal(shown, console.Text);
        Assert.Equal("e\nw\ni1\nd1\nd2\nk\ni2\n", Read(0));
        Assert.Equal(level == LogLevel.Debug ? Read(0) : "e\nw\ni1\nk\ni2\n", screen.Text);
    }

    [Fact]
    public void It_is_read_in_pieces_and_no_further_than_its_end()
    {
        _log.Write("0123456789012345678901234567890123456789012345678901234567890123456789"u8);
        ulong position = 10;
        byte[] piece = new byte[7];
        Assert.Equal(7, _log.Read(ref position, piece));
        Assert.Equal(17UL, position);
        Assert.Equal("0123456", Encoding.UTF8.GetString(piece));
        Assert.Equal("9", Read(69));
        Assert.Equal("", Read(70));
        Assert.Equal("", Read(1000));
    }

    [Fact]
    public void Each_line_is_stamped_once()
    {
        HostLog log = new(4096) { Clock = new FakeClock { Ticks = 1_002_000 } };
        log.Write("a"u8);
        log.Write("b\nc\n\n"u8);
        byte[] text = new byte[200];
        ulong position = 0;
        Assert.Equal("[    1.002] ab\n[    1.002] c\n[    1.002] \n", Encoding.UTF8.GetString(text, 0, log.Read(ref position, text)));
    }

    private string Read(ulong position)
    {
        byte[] text = new byte[200];
        return Encoding.UTF8.GetString(text, 0, _log.Read(ref position, text));
    }
}
