using System;
using System.Globalization;
using System.Linq;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Decoder;
using Multicosm.Domains;
using Xunit;

namespace Multicosm.Unit.Decoder;

/// <summary>Instructions in words. The bytes were assembled with NASM.</summary>
public sealed class InstructionTextTests
{
    private const ulong Address = 0x1000;

    [Theory]
    [InlineData(CodeMode.Bits64, "0F0B", "ud2")]
    [InlineData(CodeMode.Bits64, "EE", "out dx, al")]
    [InlineData(CodeMode.Bits64, "E680", "out al to 0x80")]
    [InlineData(CodeMode.Bits64, "E421", "in al, 0x21")]
    [InlineData(CodeMode.Bits64, "CD80", "int 0x80")]
    [InlineData(CodeMode.Bits64, "F4", "hlt")]
    [InlineData(CodeMode.Bits64, "EBFE", "jmp 0x1000")]
    [InlineData(CodeMode.Bits64, "E8FB0F0000", "call 0x2000")]
    [InlineData(CodeMode.Bits32, "E9F6EFFFFF", "jmp 0xfffffffb")]
    [InlineData(CodeMode.Bits16, "E9FD0F", "jmp 0x2000")]
    [InlineData(CodeMode.Bits64, "75F0", "jne 0xff2")]
    [InlineData(CodeMode.Bits64, "7610", "jbe 0x1012")]
    [InlineData(CodeMode.Bits64, "0F8FFA000000", "jg 0x1100")]
    [InlineData(CodeMode.Bits64, "4157", "push r15")]
    [InlineData(CodeMode.Bits64, "5D", "pop rbp")]
    [InlineData(CodeMode.Bits32, "53", "push ebx")]
    [InlineData(CodeMode.Bits16, "5F", "pop di")]
    [InlineData(CodeMode.Bits64, "0F22D8", "mov to cr3, rax")]
    [InlineData(CodeMode.Bits64, "440F20C1", "mov from cr8, rcx")]
    [InlineData(CodeMode.Bits64, "0F01C1", "vmcall")]
    [InlineData(CodeMode.Bits64, "0F01D1", "xsetbv")]
    [InlineData(CodeMode.Bits64, "0F30", "wrmsr")]
    [InlineData(CodeMode.Bits64, "0FA2", "cpuid")]
    [InlineData(CodeMode.Bits64, "F3C3", "ret")]
    [InlineData(CodeMode.Bits64, "8B03", "mov eax, dword [rbx]")]
    [InlineData(CodeMode.Bits64, "488B448B10", "mov rax, qword [rbx+rcx*4+0x10]")]
    [InlineData(CodeMode.Bits64, "8863FF", "mov byte [rbx-0x1], ah")]
    [InlineData(CodeMode.Bits64, "408863FF", "mov byte [rbx-0x1], spl")]
    [InlineData(CodeMode.Bits64, "448B4500", "mov r8d, dword [rbp]")]
    [InlineData(CodeMode.Bits64, "8B05FA0F0000", "mov eax, dword [0x2000]")]
    [InlineData(CodeMode.Bits64, "65488B042530000000", "mov rax, qword [gs:0x30]")]
    [InlineData(CodeMode.Bits64, "C70705000000", "mov dword [rdi], 0x5")]
    [InlineData(CodeMode.Bits64, "48C707FFFFFFFF", "mov qword [rdi], 0xffffffffffffffff")]
    [InlineData(CodeMode.Bits32, "66C707FFFF", "mov word [edi], 0xffff")]
    [InlineData(CodeMode.Bits64, "0FB606", "movzx eax, byte [rsi]")]
    [InlineData(CodeMode.Bits64, "480FBF06", "movsx rax, word [rsi]")]
    [InlineData(CodeMode.Bits64, "F348AB", "rep stos qword [rdi], rax")]
    [InlineData(CodeMode.Bits64, "A4", "movs byte [rsi]")]
    [InlineData(CodeMode.Bits64, "F2AE", "repne scas al, byte [rdi]")]
    [InlineData(CodeMode.Bits64, "480102", "add qword [rdx], rax")]
    [InlineData(CodeMode.Bits64, "480302", "add rax, qword [rdx]")]
    [InlineData(CodeMode.Bits64, "F0480FB10A", "lock cmpxchg qword [rdx], rcx")]
    [InlineData(CodeMode.Bits64, "0F9402", "sete byte [rdx]")]
    [InlineData(CodeMode.Bits64, "0F4402", "cmove eax, dword [rdx]")]
    [InlineData(CodeMode.Bits64, "D322", "shl dword [rdx], cl")]
    [InlineData(CodeMode.Bits64, "0FA40205", "shld dword [rdx], eax, 0x5")]
    [InlineData(CodeMode.Bits64, "660F6F0A", "movdqu xmm1, oword [rdx]")]
    [InlineData(CodeMode.Bits64, "C5FD6F0A", "vmovdqu ymm1, yword [rdx]")]
    [InlineData(CodeMode.Bits64, "8E1A", "mov ds, word [rdx]")]
    [InlineData(CodeMode.Bits64, "FF22", "jmp qword [rdx]")]
    [InlineData(CodeMode.Bits64, "0F7F0A", "movdqu qword [rdx], mm1")]
    [InlineData(CodeMode.Bits64, "F73A", "idiv dword [rdx]")]
    [InlineData(CodeMode.Bits16, "8A4702", "mov al, byte [bx+0x2]")]
    public void Known_ones_are_named(CodeMode mode, string bytes, string expected)
    {
        byte[] code = [.. Convert.FromHexString(bytes), 0xCC];
        Assert.True(InstructionText.TryMeasure(code, mode, out int length));
        Assert.Equal(bytes.Length / 2, length);
        TextBuffer output = new(200);
        InstructionText.Write(output, code, mode, Address);
        Assert.Equal(expected, Encoding.ASCII.GetString(output.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0F")]
    [InlineData("E8FB0F")]
    [InlineData("480FC2C100")] // cmpps: not among them
    [InlineData("06")]
    public void Unknown_or_cut_off_ones_are_not(string bytes)
    {
        Assert.False(InstructionText.TryMeasure(Convert.FromHexString(bytes), CodeMode.Bits64, out int length));
        Assert.Equal(0, length);
        TextBuffer output = new(200);
        InstructionText.Write(output, Convert.FromHexString(bytes), CodeMode.Bits64, Address);
        Assert.True(output.IsEmpty);
    }

    [Property(MaxTest = 2000)]
    public void No_bytes_are_too_odd(byte[] bytes, byte mode)
    {
        CodeMode codeMode = (CodeMode)(mode % 3);
        bool known = InstructionText.TryMeasure(bytes, codeMode, out int length);
        TextBuffer output = new(400);
        InstructionText.Write(output, bytes, codeMode, ulong.MaxValue);
        Assert.Equal(known, !output.IsEmpty);
        Assert.InRange(length, known ? 1 : 0, Math.Min(bytes.Length, 15));
        Assert.True(output.Text.ToArray().All(value => value is >= 0x20 and < 0x7F), length.ToString(CultureInfo.InvariantCulture));
    }
}
