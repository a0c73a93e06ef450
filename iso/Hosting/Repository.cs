using System;
using System.IO;

namespace Multicosm.Hosting;

/// <summary>Where things are in this repository.</summary>
public static class Repository
{
    /// <summary>Its top folder: the one with Build.targets, at or above the programs.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of everything that is made, and that nothing is lost with.</summary>
    public static string Out => Path.Combine(Root, "out");

    /// <summary>The kernel image that the build makes.</summary>
    public static string Kernel => Path.Combine(Out, "kernel", "multicosm.elf");

    /// <summary>The same image with what a debugger wants to know.</summary>
    public static string DebugKernel => Path.Combine(Out, "kernel", "multicosm.debug.elf");

    /// <summary>The addresses and names of its methods, for Bochs.</summary>
    public static string Symbols => Path.Combine(Out, "kernel", "multicosm.symbols");

    /// <summary>The domain file that a run takes when none is given.</summary>
    public static string DefaultDomain => Path.Combine(Root, "iso", "domains", "debian.cfg");

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder != null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Build.targets")))
            {
                return folder;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
