using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Multicosm.Domains.Configuration;

namespace Multicosm.Hosting.Composing;

/// <summary>Which files go onto the ISO, and under which names: see <see cref="ModulePath"/>.</summary>
public static class ModulePlan
{
    // GRUB puts modules below 4 GiB, where a PC has room for about this much.
    private const long MaximumTotal = 2L * 1024 * 1024 * 1024;

    /// <summary>The modules: domain files first, in the given order, then each file that they name, once.</summary>
    public static IReadOnlyList<Module> Make(IReadOnlyList<DomainFile> files)
    {
        RefuseDuplicates(files);
        string root = CommonDirectory(files.Select(file => file.FullPath).Concat(files.SelectMany(RelativeReferences)));
        List<Module> modules = [.. files.Select(file => new Module(file.FullPath, NameBelow(root, file.FullPath), true))];
        HashSet<string> names = [.. modules.Select(module => module.Name)];
        foreach (DomainFile file in files)
        {
            foreach ((string value, int line) in file.References())
            {
                Module module = Resolve(file, NameBelow(root, file.FullPath), value, line);
                if (names.Add(module.Name))
                {
                    modules.Add(module);
                }
            }
        }

        CheckTotal(modules);
        return modules;
    }

    /// <summary>Refuses modules that have no room in memory together.</summary>
    public static void CheckTotal(IEnumerable<Module> modules)
    {
        long total = modules.Sum(module => new FileInfo(module.Source).Length);
        if (total > MaximumTotal)
        {
            throw new HostException(ExitCode.Failure, $"the modules have {total} bytes together, expected at most {MaximumTotal}");
        }
    }

    private static void RefuseDuplicates(IReadOnlyList<DomainFile> files)
    {
        Dictionary<string, string> names = [];
        foreach (DomainFile file in files)
        {
            if (!names.TryAdd(file.Name, file.GivenPath))
            {
                throw new HostException(ExitCode.Failure, $"{file.GivenPath}:{file.NameLine}: name '{file.Name}' is that of {names[file.Name]} already, expected another");
            }
        }
    }

    private static IEnumerable<string> RelativeReferences(DomainFile file)
        => file.References().Where(reference => !reference.Value.StartsWith('/')).Select(reference => PathOf(file, reference.Value));

    private static string PathOf(DomainFile file, string value) => Path.GetFullPath(value, Path.GetDirectoryName(file.FullPath)!);

    private static Module Resolve(DomainFile file, string moduleName, string value, int line)
    {
        string source = PathOf(file, value);
        string place = $"{file.GivenPath}:{line}: ";
        SourceFile.Open(source, place + value).Dispose();
        byte[] name = new byte[ModulePath.MaximumLength];
        return ModulePath.TryResolve(Encoding.UTF8.GetBytes(moduleName), Encoding.UTF8.GetBytes(value), name, out int length)
            ? new Module(source, Encoding.UTF8.GetString(name, 0, length), false)
            : throw new HostException(ExitCode.Failure, $"{place}{value}: the path has no name on the ISO, expected one of at most {ModulePath.MaximumLength} bytes");
    }

    private static string CommonDirectory(IEnumerable<string> paths)
    {
        string[]? common = null;
        foreach (string path in paths)
        {
            string[] parts = Path.GetDirectoryName(path)!.Split('/', StringSplitOptions.RemoveEmptyEntries);
            common = common == null ? parts : [.. common.Zip(parts).TakeWhile(pair => pair.First == pair.Second).Select(pair => pair.First)];
        }

        return "/" + string.Join('/', common ?? []);
    }

    private static string NameBelow(string root, string path) => path[(root.Length == 1 ? 1 : root.Length + 1)..];
}
