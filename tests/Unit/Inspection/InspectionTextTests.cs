using System;
using System.Text;
using Multicosm.Decoder;
using Multicosm.Domains;
using Multicosm.Domains.Inspection;
using Xunit;

namespace Multicosm.Unit.Inspection;

/// <summary>Memory and a guest's own text, as the operator sees them.</summary>
public sealed class InspectionTextTests
{
    private readonly TextBuffer _output = new(4000);

    [Fact]
    public void A_line_of_memory_has_both_forms()
    {
        MemoryText.WriteLine(_output, "Hi!\0\x7f"u8, 0x1000);
        Assert.Equal("0000000000001000: 48 69 21 00 7f                                   Hi!..\n", Text());
    }

    [Fact]
    public void Code_is_shown_by_instructions_and_then_as_bytes()
    {
        MemoryText.WriteCode(_output, [0xFA, 0x0F, 0x0B, 0x0F, 0xC2, 0x02, 0xF4], 0x10, CodeMode.Bits64);
        Assert.Equal(
            "    0x0000000000000010: fa                              cli\n"
            + "    0x0000000000000011: 0f 0b                           ud2\n"
            + "    0x0000000000000013: 0f c2 02 f4 \n",
            Text());
    }

    [Fact]
    public void The_stack_is_shown_in_words_of_the_mode()
    {
        byte[] stack = new byte[40];
        stack[0] = 1;
        stack[32] = 2;
        MemoryText.WriteStack(_output, stack, 0x1000, CodeMode.Bits64);
        Assert.Equal(
            "    0x0000000000001000: 0000000000000001 0000000000000000 0000000000000000 0000000000000000\n    0x0000000000001020: 0000000000000002\n",
            Text());
        _output.Clear();
        MemoryText.WriteStack(_output, stack.AsSpan(0, 6), 0x1000, CodeMode.Bits32);
        Assert.Equal("    0x0000000000001000: 00000001\n", Text());
    }

    // What a guest writes must not move the operator's cursor or colour his prompt.
    [Fact]
    public void A_guests_text_cannot_command_the_terminal()
    {
        ConsoleText.Write(_output, "a\r\n\x1b[2Jbé\n\nend"u8);
        Assert.Equal("    a\n    .[2Jb..\n    \n    end\n", Text());
    }

    private string Text() => Encoding.ASCII.GetString(_output.Text);
}
