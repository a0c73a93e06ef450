using System;
using System.Text;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Configuration;

public sealed class ModulePathTests
{
    [Theory]
    [InlineData("iso/domains/debian.cfg", "../../out/guests/vmlinuz", "out/guests/vmlinuz")]
    [InlineData("iso/domains/debian.cfg", "vmlinuz", "iso/domains/vmlinuz")]
    [InlineData("debian.cfg", "vmlinuz", "vmlinuz")]
    [InlineData("a.cfg", "./x//y/../z", "x/z")]
    [InlineData("a/b.cfg", "../../etc", null)]
    [InlineData("a/b.cfg", "..", null)]
    [InlineData("a/b.cfg", ".", null)]
    [InlineData("a/b.cfg", "x/..", null)]
    [InlineData("a/b.cfg", "x/.", null)]
    [InlineData("a/b.cfg", "x/", null)]
    [InlineData("a/b.cfg", "", null)]
    [InlineData("a/b.cfg", "/", null)]
    [InlineData("a/b.cfg", "/boot/../k//v", "/k/v")]
    [InlineData("a/b.cfg", "/boot/../../v", null)]
    [InlineData("/srv/b.cfg", "../v", "/v")]
    [InlineData("/srv/b.cfg", "v", "/srv/v")]
    [InlineData("/srv/b.cfg", "../../v", null)]
    [InlineData("a/b.cfg", "...", "a/...")]
    public void PathsAreNormalised(string domainFile, string value, string? expected)
    {
        Assert.Equal(expected, Resolve(domainFile, value, 100));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Equal("a/12345", Resolve("a/b", "12345", 7));
        Assert.Null(Resolve("a/b", "12345", 6));
        Assert.Null(Resolve("a/b", "12345", 1));
        Assert.Null(Resolve("a/b", "12345", 0));
        Assert.Null(Resolve("a/b", "/12345", 5));
        Assert.Null(Resolve("a", new string('x', 1024), 5000));
    }

    [RandomInput]
    public void NothingThrowsAndNoDotsAreLeft(byte[]? file, byte[]? value, byte size)
    {
        file = Tidy(file);
        value = Tidy(value);
        byte[] output = new byte[size];
        if (ModulePath.TryResolve(file, value, output, out int length))
        {
            string text = Encoding.Latin1.GetString(output, 0, length);
            Assert.NotEqual("", text);
            Assert.DoesNotContain("//", text);
            Assert.All(text.Split('/'), part => Assert.True(part is not ("." or "..")));
        }
        else
        {
            Assert.Equal(0, length);
        }
    }

    [RandomInput]
    public void ALabelIsReadAsItWasWritten(byte[]? name, bool isDomainFile)
    {
        name ??= [];
        byte[] label = new byte[(name.Length * 3) + 7];
        Assert.True(ModuleLabel.TryWrite(name, isDomainFile, label, out int length));
        Assert.True(label.AsSpan(0, length).IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0);
        byte[] back = new byte[name.Length];
        Assert.Equal(name.Length > 0, ModuleLabel.TryRead(label.AsSpan(0, length), back, out int backLength, out bool kind));
        Assert.Equal(name, back[..backLength]);
        Assert.Equal(isDomainFile, kind);
    }

    [Theory]
    [InlineData("domain a%20b", true, "a b")]
    [InlineData("file out/guests/vmlinuz", true, "out/guests/vmlinuz")]
    [InlineData("file ", false, "")]
    [InlineData("file a%2", false, "")]
    [InlineData("file a%zz", false, "")]
    [InlineData("files a", false, "")]
    [InlineData("", false, "")]
    public void BrokenLabelsAreRefused(string label, bool good, string expected)
    {
        byte[] name = new byte[30];
        Assert.Equal(good, ModuleLabel.TryRead(Encoding.ASCII.GetBytes(label), name, out int length, out _));
        Assert.Equal(expected, Encoding.ASCII.GetString(name, 0, good ? length : 0));
    }

    // Mostly the bytes that matter.
    private static byte[] Tidy(byte[]? bytes) => Array.ConvertAll(bytes ?? [], b => (byte)"././/a./"[b & 7]);

    private static string? Resolve(string domainFile, string value, int size)
    {
        byte[] output = new byte[size];
        return ModulePath.TryResolve(Encoding.UTF8.GetBytes(domainFile), Encoding.UTF8.GetBytes(value), output, out int length)
            ? Encoding.UTF8.GetString(output, 0, length)
            : null;
    }
}
