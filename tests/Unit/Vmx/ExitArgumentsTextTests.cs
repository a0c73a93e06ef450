using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Vmx.Exits;
using Xunit;

namespace Multicosm.Unit.Vmx;

/// <summary>Exits in words (SDM 3C, the tables of exit qualifications).</summary>
public sealed class ExitArgumentsTextTests
{
    [Theory]
    [InlineData(30u, 0x03F8_0000, 0x1141, 0x3F8, true, "port 0x03f8, 1 byte written, value 0x41")]
    [InlineData(30u, 0x0CFC_000B, 0xFFFF_8086_7000, 0xCFC, true, "port 0x0cfc, 4 bytes read, value 0x80867000")]
    [InlineData(30u, 0x0CFC_000B, 0, 0xCFC, false, "port 0x0cfc, 4 bytes read")]
    [InlineData(30u, 0x01F0_0019, 0xABCDEF, 0x1F0, true, "port 0x01f0, 2 bytes of a string read, value 0xcdef")]
    [InlineData(30u, 0xFA17_0000, 7, 0, false, "port 0xfa17, 1 byte written, value 0x07")]
    [InlineData(48u, 0x182, 0x55, 0xFEC00010, true, "memory 0x00fec00010 written, value 0x0000000000000055")]
    [InlineData(48u, 0x181, 0, 0xFEC00010, false, "memory 0x00fec00010 read")]
    [InlineData(48u, 0x184, 0, 0xD0000000, true, "memory 0x00d0000000 executed")]
    [InlineData(44u, 0x1080, 9, 0xFEE00080, true, "memory 0x00fee00080 written, value 0x0000000000000009")]
    [InlineData(31u, 0, 0xFEE00900, 0x1B, true, "MSR 0x0000001b read, value 0x00000000fee00900")]
    [InlineData(32u, 0, 0x100000002, 0x1A0, true, "MSR 0x000001a0 written, value 0x0000000100000002")]
    [InlineData(10u, 0, 0x7_0000_0007, 0x1, true, "leaf 0x00000007, subleaf 0x00000001")]
    [InlineData(18u, 0, 0x1234, 0, true, "RAX 0x0000000000001234")]
    [InlineData(28u, 0x304, 0, 0, true, "MOV to CR4")]
    [InlineData(28u, 0x18, 0, 0, true, "MOV from CR8")]
    [InlineData(28u, 0x20, 0, 0, true, "CLTS: CR0")]
    [InlineData(12u, 0, 1, 2, true, "")]
    public void Arguments_are_said(uint reason, ulong qualification, ulong value, ulong address, bool isAnswered, string expected)
    {
        ExitHistoryEntry entry = new() { Reason = reason, Qualification = qualification, Arguments = new ExitArguments { Value = value, Address = address } };
        TextBuffer output = new(200);
        ExitArgumentsText.Write(output, in entry, isAnswered);
        Assert.Equal(expected, Encoding.ASCII.GetString(output.Text));
    }
}
