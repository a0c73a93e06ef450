using System;
using System.Collections.Generic;
using System.IO;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;

namespace Multicosm.Harness;

/// <summary>Files that tests use and make.</summary>
public static class TestFiles
{
    /// <summary>Where tests leave what they made: transcripts by the name of the test.</summary>
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(Repository.Out, "tests")).FullName;

    /// <summary>The domain file of the default run.</summary>
    public static string DebianDomain => Repository.DefaultDomain;

    /// <summary>The same guest with none of the options that make it fast.</summary>
    public static string DebianDefaultDomain => Path.Combine(Repository.Root, "tests", "Systems", "debian-default.cfg");

    /// <summary>The guest's command line there.</summary>
    public const string PlainCommandLine = "console=ttyS0,115200";

    /// <summary>The guest's command line in the domain file of the default run.</summary>
    public static string FastCommandLine
    {
        get
        {
            string text = File.ReadAllText(DebianDomain);
            int start = text.IndexOf("\"console=", StringComparison.Ordinal) + 1;
            return text[start..text.IndexOf('"', start)];
        }
    }

    /// <summary>An ISO of the hypervisor and these domain files.</summary>
    public static string ComposeIso(string name, string options, params IReadOnlyList<string> domainFiles)
    {
        string output = Path.Combine(Folder, name + ".iso");
        _ = IsoComposer.Compose(new ComposeRequest { DomainFiles = domainFiles, Output = output, Options = options }); // warnings are not what is tested
        return output;
    }

    /// <summary>An ISO on which the default guest runs on the bare machine: what it says there is what it may say in a domain.</summary>
    public static string ComposeBareIso(string name, string commandLine)
    {
        string output = Path.Combine(Folder, name + ".iso");
        string guests = Path.Combine(Repository.Out, "guests");
        BootImage.Write(
            output,
            "linux",
            $"linux /boot/vmlinuz {commandLine}\ninitrd /boot/initramfs.gz\nboot\n",
            [(Path.Combine(guests, "vmlinuz"), "/boot/vmlinuz"), (Path.Combine(guests, "initramfs.gz"), "/boot/initramfs.gz")]);
        return output;
    }
}
