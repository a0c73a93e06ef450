using System;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Finds files among those that the boot loader brought.</summary>
public static class ModuleCatalog
{
    /// <summary>The module called <paramref name="name"/>; false if there is none.</summary>
    public static bool TryFind(BootModule[] modules, ReadOnlySpan<byte> name, out BootModule? found)
    {
        for (int i = 0; i < modules.Length; i++)
        {
            if (modules[i].Name.SequenceEqual(name))
            {
                found = modules[i];
                return true;
            }
        }

        found = null;
        return false;
    }

    /// <summary>The domain file that the operator means by <paramref name="word"/>: its path, or its base name with or without <c>.cfg</c>.</summary>
    public static bool TryFindDomainFile(BootModule[] modules, ReadOnlySpan<byte> word, out BootModule? found)
    {
        for (int i = 0; i < modules.Length; i++)
        {
            if (modules[i].IsDomainFile && modules[i].Name.SequenceEqual(word))
            {
                found = modules[i];
                return true;
            }
        }

        for (int i = 0; i < modules.Length; i++)
        {
            if (modules[i].IsDomainFile && Matches(BaseName(modules[i].Name), word))
            {
                found = modules[i];
                return true;
            }
        }

        found = null;
        return false;
    }

    /// <summary>What is behind the last slash, without <c>.cfg</c>.</summary>
    public static ReadOnlySpan<byte> BaseName(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> last = path[(path.LastIndexOf((byte)'/') + 1)..];
        return last.EndsWith(".cfg"u8) ? last[..^4] : last;
    }

    private static bool Matches(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word)
        => name.SequenceEqual(word) || (word.EndsWith(".cfg"u8) && name.SequenceEqual(word[..^4]));
}
