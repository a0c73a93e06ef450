using System;
using Multicosm.Benchmarks;
using Xunit;

namespace Multicosm.Unit.Benchmarks;

public sealed class SerialStampsTests
{
    private const string Log = """
        00000000000d[SER   ] com1 initialize register for read/write: 0x03f8
        00000000010d[SER   ] com1 register write to  address: 0x03fb = 0x93
        00000000011d[SER   ] com1 register write to  address: 0x03f8 = 0x01
        00000000012d[SER   ] com1 register write to  address: 0x03fb = 0x13
        00482362870d[SER   ] com1 register write to  address: 0x03f8 = 0x61
        00482362880d[SER   ] com1 register read from address: 0x03fd = 0x20
        00482362884d[SER   ] com2 register write to  address: 0x03f8 = 0x7a
        00482362890d[SER   ] com1 register write to  address: 0x03f9 = 0x05
        12482362900d[SER   ] com1 register write to  address: 0x03f8 = 0x62
        12482362901d[SER   ] com1 register write to  address: 0x03f8 = 0x62
        12482362902d[SER   ] com1 register write to  address: 0x03f8 =
        """;

    private readonly SerialStamps _stamps = new(Log);

    [Fact]
    public void OnlyWhatTheTransmitterGetsIsTaken() => Assert.Equal("abb"u8.ToArray(), _stamps.Bytes);

    [Fact]
    public void ATextIsCompleteAtItsLastByte()
    {
        Assert.Equal(482_362_870UL, _stamps.TickOf("a"u8));
        Assert.Equal(12_482_362_900UL, _stamps.TickOf("ab"u8));
        Assert.Equal(12_482_362_901UL, _stamps.TickOf("bb"u8));
        Assert.Equal(12_482_362_901UL, _stamps.Tick(2));
    }

    [Fact]
    public void ATextThatDoesNotComeIsAnError() => Assert.Throws<InvalidOperationException>(() => _stamps.TickOf("ba"u8));
}
