using System;
using System.Text;
using Multicosm.Domains.Configuration;
using Xunit;

namespace Multicosm.Unit.Configuration;

public sealed class HostileTextTests
{
    private static readonly string[] s_pieces =
    [
        "name", "memory", "disk", "type", "extra", "=", "[", "]", ",", "'", "\"", "\\", "\\x4", "#", ";", "\n", "\r\n", "\r", " ", "\0", "a", "0x1F", "'pv'", "ä", "\u007f", "=[",
    ];

    [RandomInput]
    public void RandomBytesNeverThrow(byte[]? text) => Try(text ?? []);

    [RandomInput]
    public void RandomPiecesNeverThrow(byte[]? picks)
    {
        StringBuilder text = new();
        foreach (byte pick in picks ?? [])
        {
            text.Append(s_pieces[pick % s_pieces.Length]);
        }

        Try(Encoding.UTF8.GetBytes(text.ToString()));
    }

    [RandomInput]
    public void ADamagedFileNeverThrows(int position, byte value)
    {
        byte[] text = Encoding.UTF8.GetBytes("name = \"debian\"\nkernel='../a' ; disk = [ 'x', [ 1, 2 ], ]\r\nextra = \"\\x41\\101\"\nmemory=0x80\n# end");
        text[(int)((uint)position % (uint)text.Length)] = value;
        Try(text);
        Try(text.AsSpan(0, (int)((uint)position % (uint)text.Length)));
    }

    private static void Try(ReadOnlySpan<byte> text)
    {
        ParserFixture fixture = new();
        int lines = text.Count((byte)'\n') + 1;
        ConfigurationStatus status = DomainConfigurationParser.Parse(text, fixture.Domain, fixture.Diagnostics);
        Assert.Equal(status, fixture.Diagnostics.Status);
        Assert.InRange(fixture.Diagnostics.Line, status == ConfigurationStatus.Success ? 0 : 1, lines);
        Check(fixture, status);
        Check(fixture, DomainConfigurationParser.ParseAssignment(text, fixture.Domain, fixture.Diagnostics));
        fixture.Check();
    }

    private static void Check(ParserFixture fixture, ConfigurationStatus status)
    {
        string message = fixture.Message();
        Assert.Equal(status != ConfigurationStatus.Success, message.Contains(", expected "));
        Assert.DoesNotContain('\u001b', message);
        Assert.DoesNotContain('\0', message);
        Assert.InRange(fixture.Domain.MemoryMiB, 1u, 1048576u);
        Assert.InRange(fixture.Domain.Vcpus, 1u, 128u);
        fixture.Notes();
    }
}
