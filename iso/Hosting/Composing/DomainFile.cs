using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Loaders;

namespace Multicosm.Hosting.Composing;

/// <summary>A domain file that was read and found good, by the parser that the kernel uses.</summary>
public sealed class DomainFile
{
    private const long MaximumSize = 1024 * 1024;

    private readonly DomainConfiguration _configuration = new();

    private DomainFile(string path) => GivenPath = path;

    /// <summary>The path as it was given, for messages.</summary>
    public string GivenPath { get; }

    /// <summary>The path in full.</summary>
    public string FullPath => Path.GetFullPath(GivenPath);

    /// <summary>The domain's name.</summary>
    public string Name => Encoding.UTF8.GetString(_configuration.Name.Value);

    /// <summary>The line that gives the name.</summary>
    public int NameLine => _configuration.LineOf(ConfigurationKey.Name);

    /// <summary>How the domain is virtualised.</summary>
    public DomainType Type => _configuration.Type;

    /// <summary>The kernel's path as it is written.</summary>
    public string Kernel => Encoding.UTF8.GetString(_configuration.Kernel.Value);

    /// <summary>The line that names the kernel.</summary>
    public int KernelLine => _configuration.LineOf(ConfigurationKey.Kernel);

    /// <summary>The kernel's path in full.</summary>
    public string KernelPath => Path.GetFullPath(Kernel, Path.GetDirectoryName(FullPath)!);

    /// <summary>What begins messages about the kernel: where it is named, and how.</summary>
    public string KernelPlace => $"{GivenPath}:{KernelLine}: {Kernel}";

    /// <summary>What is odd about it, a line each.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>The files that it names, with the lines: the kernel first.</summary>
    public IReadOnlyList<(string Value, int Line)> References()
    {
        List<(string, int)> references = [(Kernel, KernelLine)];
        if (_configuration.IsGiven(ConfigurationKey.Ramdisk))
        {
            ModuleList list = new(_configuration.Ramdisk.Value, Type != DomainType.Pv && IsMultiboot());
            while (list.TryNext(out ReadOnlySpan<byte> path, out _, out _))
            {
                references.Add((Encoding.UTF8.GetString(path), _configuration.LineOf(ConfigurationKey.Ramdisk)));
            }
        }

        return references;
    }

    // What is not there, or cannot be read, is said elsewhere.
    private bool IsMultiboot() => File.Exists(KernelPath) && KernelProbe.Find(SourceFile.ReadAll(KernelPath, KernelPlace)) == KernelKind.Multiboot;

    /// <summary>Reads a file; a <see cref="HostException"/> says <c>FILE:LINE: what is wrong</c>.</summary>
    public static DomainFile Read(string path)
    {
        using FileStream source = SourceFile.Open(path, path);
        if (source.Length > MaximumSize)
        {
            throw new HostException(ExitCode.Failure, path + ": too long for a domain file, expected at most 1 MiB");
        }

        byte[] text = new byte[source.Length];
        source.ReadExactly(text);
        DomainFile file = new(path);
        file.Parse(text);
        return file;
    }

    private void Parse(byte[] text)
    {
        ConfigurationDiagnostics diagnostics = new();
        ConfigurationStatus status = DomainConfigurationParser.Parse(text, _configuration, diagnostics);
        if (status == ConfigurationStatus.Success)
        {
            status = DomainConfigurationRules.Check(_configuration, diagnostics);
        }

        byte[] path = Encoding.UTF8.GetBytes(GivenPath);
        List<string> warnings = [];
        for (int i = 0; i < diagnostics.NoteCount; i++)
        {
            MessageCollector note = new();
            ConfigurationMessages.DescribeNote(note, path, diagnostics, i);
            warnings.Add(note.Text);
        }

        Warnings = warnings;
        if (status != ConfigurationStatus.Success)
        {
            MessageCollector message = new();
            ConfigurationMessages.Describe(message, path, diagnostics);
            throw new HostException(ExitCode.Failure, message.Text);
        }
    }
}
