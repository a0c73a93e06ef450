using System;
using System.IO;
using Multicosm.Harness;

namespace Multicosm.Systems;

/// <summary>ISOs that several tests boot, made once.</summary>
internal static class Isos
{
    private static readonly Lazy<string> s_default = new(() => TestFiles.ComposeIso("default", "", TestFiles.DebianDomain));
    private static readonly Lazy<string> s_fast = new(ComposeFast);
    private static readonly Lazy<string> s_plain = new(() => TestFiles.ComposeIso("default-options", "", TestFiles.DebianDefaultDomain));
    private static readonly Lazy<string> s_bare = new(() => TestFiles.ComposeBareIso("bare", TestFiles.PlainCommandLine));

    /// <summary>That of ./run without arguments.</summary>
    public static string Default => s_default.Value;

    /// <summary>The same kernel and ramdisk with options that make it fast, by the domain file "debian".</summary>
    public static string Fast => s_fast.Value;

    /// <summary>The same guest with default options.</summary>
    public static string DefaultOptions => s_plain.Value;

    /// <summary>That guest on the bare machine.</summary>
    public static string Bare => s_bare.Value;

    private static string ComposeFast()
    {
        string path = Path.Combine(TestFiles.Folder, "fast.cfg");
        File.WriteAllText(path, $"name = \"debian\"\ntype = \"hvm\"\nmemory = 128\nkernel = \"../guests/vmlinuz\"\nramdisk = \"../guests/initramfs.gz\"\nextra = \"{TestFiles.FastCommandLine}\"\n");
        return TestFiles.ComposeIso("fast", "", path);
    }
}
