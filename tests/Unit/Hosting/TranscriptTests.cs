using System;
using System.Threading;
using Multicosm.Hosting.Serial;
using Xunit;

namespace Multicosm.Unit.Hosting;

public sealed class TranscriptTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    private readonly Transcript _transcript = new();

    [Fact]
    public void AMatchBeginsAfterTheLastOne()
    {
        _transcript.Append("abcabc"u8);
        Assert.True(Expect("bc"u8));
        Assert.True(Expect("bc"u8));
        _transcript.End();
        Assert.False(Expect("bc"u8));
        Assert.True(_transcript.Contains("abca"u8));
    }

    [Fact]
    public void AMatchMayComeInPieces()
    {
        _transcript.Append("multi"u8);
        new Thread(() => _transcript.Append("cosm> x"u8)).Start();
        Assert.True(Expect("multicosm> "u8));
        Assert.True(Expect("x"u8));
    }

    [Fact]
    public void NothingIsWaitedForAfterTheEnd()
    {
        new Thread(_transcript.End).Start();
        Assert.False(Expect("x"u8));
    }

    [Fact]
    public void ALimitOfNothingFindsWhatIsThere()
    {
        _transcript.Append("x"u8);
        Assert.True(_transcript.Expect("x"u8, TimeSpan.Zero, CancellationToken.None));
        Assert.False(_transcript.Expect("x"u8, TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public void CancellationEndsTheWait()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => _transcript.Expect("x"u8, s_long, source.Token));
    }

    [Fact]
    public void MuchIsKeptAndTheLastLinesAreGiven()
    {
        for (int i = 0; i < 50000; i++)
        {
            _transcript.Append("0123456789\r\n"u8);
        }

        _transcript.Append("end"u8);
        Assert.Equal((50000 * 12) + 3, _transcript.Length);
        Assert.Equal("0123456789\n0123456789\nend", _transcript.LastLines(3));
    }

    private bool Expect(ReadOnlySpan<byte> text) => _transcript.Expect(text, s_long, CancellationToken.None);
}
