using System;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Management;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class ArgumentsTests
{
    [Theory]
    [InlineData("", "ab", "", "")]
    [InlineData("x  y ", "ab", "x|y", "")]
    [InlineData("-a x -b", "ab", "x", "ab")]
    [InlineData("-ba x", "ab", "x", "ab")]
    [InlineData("x -- -a", "ab", "x|-a", "")]
    [InlineData("- x", "ab", "-|x", "")]
    [InlineData("x -a k=-b", "+ab", "x|-a|k=-b", "")]
    [InlineData("-a x -b", "+ab", "x|-b", "a")]
    public void Words_and_options_are_told_apart(string text, string options, string words, string given)
    {
        Arguments parsed = new(Bytes(text), Bytes(options));
        Assert.Equal(ArgumentKind.End, parsed.Fault);
        string[] expected = words.Length == 0 ? [] : words.Split('|');
        Assert.Equal(expected.Length, parsed.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], Encoding.UTF8.GetString(parsed[i]));
        }

        Assert.True(parsed[expected.Length].IsEmpty);
        foreach (char option in "ab")
        {
            Assert.Equal(given.Contains(option), parsed.Has((byte)option));
        }
    }

    [Theory]
    [InlineData("-d web -w 512", "web", "512")]
    [InlineData("-dweb -w512", "web", "512")]
    [InlineData("-w 1 -d db -w 512 -d web", "web", "512")]
    public void A_value_follows_its_option_and_the_last_one_counts(string text, string domain, string weight)
    {
        Arguments parsed = new(Bytes(text), "d:w:c:"u8);
        Assert.Equal(ArgumentKind.End, parsed.Fault);
        Assert.Equal(0, parsed.Count);
        Assert.True(parsed.TryValue((byte)'d', out ReadOnlySpan<byte> value));
        Assert.Equal(domain, Encoding.UTF8.GetString(value));
        Assert.True(parsed.TryValue((byte)'w', out value));
        Assert.Equal(weight, Encoding.UTF8.GetString(value));
        Assert.False(parsed.TryValue((byte)'c', out _));
    }

    [Theory]
    [InlineData("x -y", ArgumentKind.UnknownOption, 'y', "-y")]
    [InlineData("-dz --weight=3", ArgumentKind.UnknownOption, '-', "--weight=3")]
    [InlineData("-:", ArgumentKind.UnknownOption, ':', "-:")]
    [InlineData("x -d", ArgumentKind.MissingValue, 'd', "")]
    public void What_is_wrong_is_told(string text, ArgumentKind fault, char option, string word)
    {
        Arguments parsed = new(Bytes(text), "ad:"u8);
        Assert.Equal(fault, parsed.Fault);
        Assert.Equal((byte)option, parsed.FaultyOption);
        Assert.Equal(word, Encoding.UTF8.GetString(parsed.FaultyWord));
    }

    [Fact]
    public void What_is_behind_a_word_is_given_as_it_was_typed()
    {
        Arguments parsed = new("-p file  a='b  c'  d=e "u8, "+pc"u8);
        Assert.Equal("a='b  c'  d=e ", Encoding.UTF8.GetString(parsed.Behind(0)));
    }

    [Property(MaxTest = 1000)]
    public void Any_text_ends(string text, string options)
    {
        Arguments parsed = new(Bytes(text ?? ""), Bytes(options ?? ""));
        for (int i = 0; i <= parsed.Count; i++)
        {
            Assert.True(parsed.Fault != ArgumentKind.End || parsed[i].IsEmpty == (i == parsed.Count)); // words behind a fault are not counted
            Assert.True(parsed.Behind(i).Length <= Bytes(text ?? "").Length);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
