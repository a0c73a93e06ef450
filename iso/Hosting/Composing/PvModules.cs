using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Multicosm.Domains.Configuration;

namespace Multicosm.Hosting.Composing;

/// <summary>Puts the ELF files that PV domains start from beside their kernels: see <see cref="PvKernel"/>.</summary>
internal static class PvModules
{
    /// <summary>
    /// <paramref name="modules"/> and one more for each kernel that needs it, which is written to <paramref name="folder"/> meanwhile.
    /// A <see cref="HostException"/> says which kernel is wrong, or where the name is taken.
    /// </summary>
    public static IReadOnlyList<Module> Add(IReadOnlyList<DomainFile> files, IReadOnlyList<Module> modules, string folder)
    {
        List<Module> all = [.. modules];
        HashSet<(string Path, DomainType Type)> seen = [];
        HashSet<string> extracted = [];
        foreach (DomainFile file in files.Where(file => file.Type is DomainType.Auto or DomainType.Pv or DomainType.Pvh))
        {
            if (extracted.Contains(file.KernelPath) || !seen.Add((file.KernelPath, file.Type)))
            {
                continue;
            }

            byte[]? image = PvKernel.Extract(SourceFile.ReadAll(file.KernelPath, file.KernelPlace), file.Type, file.KernelPlace);
            if (image != null)
            {
                string name = modules.First(module => !module.IsDomainFile && module.Source == file.KernelPath).Name + PvKernel.NameSuffix;
                string source = Path.Combine(folder, all.Count.ToString(CultureInfo.InvariantCulture));
                File.WriteAllBytes(source, image);
                all.Add(new Module(source, name, false));
                _ = extracted.Add(file.KernelPath); // asked above
            }
        }

        string? taken = all.GroupBy(module => module.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return taken == null
            ? all
            : throw new HostException(ExitCode.Failure, $"{taken}: what is unpacked from the kernel gets this name, expected no other file to have it");
    }
}
