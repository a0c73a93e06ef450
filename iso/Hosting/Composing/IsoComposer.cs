using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Multicosm.Hosting.Composing;

/// <summary>Makes the ISO of the hypervisor and its domains.</summary>
public static class IsoComposer
{
    private const int MultibootArea = 32768;
    private const int MultibootAlignment = 8;
    private const uint MultibootMagic = 0xE85250D6;
    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>Writes the ISO, whole or not at all, and returns the warnings. A <see cref="HostException"/> says what is wrong.</summary>
    public static IReadOnlyList<string> Compose(ComposeRequest request)
    {
        if (request.Output.Length == 0 || request.DomainFiles.Contains(""))
        {
            throw new HostException(ExitCode.Usage, "an empty file name was given");
        }

        if (Directory.Exists(request.Output) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(request.Output))))
        {
            throw new HostException(ExitCode.Usage, request.Output + ": cannot be written, expected a file in an existing folder");
        }

        List<DomainFile> files = [.. request.DomainFiles.Select(DomainFile.Read)];
        IReadOnlyList<Module> modules = ModulePlan.Make(files);
        files.ForEach(KernelCheck.Run);
        CheckHypervisor(request.Kernel);
        CheckOutput(request.Output, [request.Kernel, .. request.DomainFiles, .. modules.Select(module => module.Source)]);
        string folder = Directory.CreateTempSubdirectory("multicosm-pv-").FullName;
        try
        {
            Write(request, PvModules.Add(files, modules, folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return [.. files.SelectMany(file => file.Warnings)];
    }

    private static void Write(ComposeRequest request, IReadOnlyList<Module> modules)
    {
        ModulePlan.CheckTotal(modules);
        string script = GrubMenu.Write(request.Start ? request.Options : request.Options + " autostart=no", modules);
        List<(string Source, string Path)> content = [(request.Kernel, GrubMenu.KernelPath)];
        content.AddRange(modules.Select((module, index) => (module.Source, GrubMenu.ModulePathOf(index))));
        BootImage.Write(request.Output, "multiboot2", script, content);
    }

    private static void CheckHypervisor(string path)
    {
        using FileStream file = SourceFile.Open(path, "--kernel " + path);
        byte[] start = new byte[MultibootArea];
        int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        for (int i = 0; i + sizeof(uint) <= length; i += MultibootAlignment)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(i)) == MultibootMagic)
            {
                return;
            }
        }

        throw new HostException(ExitCode.Failure, $"--kernel {path}: has no multiboot2 header, expected the hypervisor's image");
    }

    // The finished ISO takes the place of what is there: that must not be a device (a stick is written with dd) nor one of the files on it.
    private static void CheckOutput(string output, IEnumerable<string> inputs)
    {
        if (!File.Exists(output))
        {
            return;
        }

        string kind = Tool.Run("stat", ["-L", "-c", "%f", output]).Trim();
        if ((Convert.ToInt32(kind, 16) & FileTypeMask) != RegularFile)
        {
            throw new HostException(ExitCode.Usage, output + ": is a device or a pipe, expected a file: write the ISO to a stick with dd");
        }

        if (inputs.Any(input => Real(input) == Real(output)))
        {
            throw new HostException(ExitCode.Usage, output + ": is one of the files that the ISO is made of");
        }
    }

    private static string Real(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
}
