using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Multicosm.Hosting.Composing;

/// <summary>Makes the ISO of the hypervisor and its domains.</summary>
public static class IsoComposer
{
    /// <summary>Writes the ISO, whole or not at all, and returns the warnings. A <see cref="HostException"/> says what is wrong.</summary>
    public static IReadOnlyList<string> Compose(ComposeRequest request)
    {
        if (!File.Exists(request.Kernel))
        {
            throw new HostException(ExitCode.Usage, request.Kernel + ": no such file, expected the hypervisor's image");
        }

        if (Directory.Exists(request.Output) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(request.Output))))
        {
            throw new HostException(ExitCode.Usage, request.Output + ": cannot be written, expected a file in an existing folder");
        }

        List<DomainFile> files = [.. request.DomainFiles.Select(DomainFile.Read)];
        IReadOnlyList<Module> modules = ModulePlan.Make(files);
        files.ForEach(file => file.CheckKernel());
        string script = GrubMenu.Write(request.Start ? request.Options : request.Options + " autostart=no", modules);
        List<(string Source, string Path)> content = [(request.Kernel, GrubMenu.KernelPath)];
        content.AddRange(modules.Select((module, index) => (module.Source, GrubMenu.ModulePathOf(index))));
        BootImage.Write(request.Output, "multiboot2", script, content);
        return [.. files.SelectMany(file => file.Warnings)];
    }
}
