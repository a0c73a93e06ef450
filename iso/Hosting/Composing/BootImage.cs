using System;
using System.Collections.Generic;
using System.IO;

namespace Multicosm.Hosting.Composing;

/// <summary>Makes bootable ISOs of files and a boot loader script: for a PC's BIOS, from a CD or a disk. The same input gives the same bytes.</summary>
public static class BootImage
{
    private const string GrubFolder = "/usr/lib/grub/i386-pc";

    // Every date on the ISO.
    private const string Date = "2023111422132000";

    /// <summary>
    /// Writes the ISO, whole or not at all. <paramref name="files"/> are copied from Source to Path on the ISO;
    /// <paramref name="loader"/> is GRUB's command for the kernel's kind ("multiboot2", "linux").
    /// </summary>
    public static void Write(string output, string loader, string script, IReadOnlyList<(string Source, string Path)> files)
    {
        string staging = Directory.CreateTempSubdirectory("multicosm-iso-").FullName;
        string unfinished = Path.GetFullPath(output) + "." + Environment.ProcessId + ".new";
        try
        {
            Stage(staging, loader, script, files);
            Master(staging, unfinished);
            File.Move(unfinished, output, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HostException(ExitCode.Failure, $"{output}: {exception.Message}");
        }
        finally
        {
            File.Delete(unfinished);
            Directory.Delete(staging, recursive: true);
        }
    }

    private static void Stage(string folder, string loader, string script, IReadOnlyList<(string Source, string Path)> files)
    {
        string grub = Path.Combine(folder, "boot", "grub");
        _ = Directory.CreateDirectory(grub); // its information is not needed
        File.WriteAllText(Path.Combine(grub, "grub.cfg"), script);
        foreach ((string source, string path) in files)
        {
            string target = folder + path;
            _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!); // nor this
            File.Copy(source, target);
        }

        _ = Tool.Run("grub-mkimage", ["-d", GrubFolder, "-O", "i386-pc-eltorito", "-p", "/boot/grub", "-o", Path.Combine(grub, "eltorito.img"),
            "biosdisk", "iso9660", "part_msdos", "normal", "boot", "echo", loader]); // prints nothing
    }

    // The same layout as grub-mkrescue's for a BIOS, which puts today's date into the ISO.
    private static void Master(string folder, string output)
    {
        Dictionary<string, string> environment = new() { ["SOURCE_DATE_EPOCH"] = "1700000000", ["TZ"] = "UTC" };
        _ = Tool.Run(
            "xorriso",
            [
                "-as", "mkisofs", "-quiet", "-r", "-V", "MULTICOSM", "-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4",
                "-boot-info-table", "--grub2-boot-info", "--grub2-mbr", GrubFolder + "/boot_hybrid.img", "--protective-msdos-label",
                "--set_all_file_dates", Date, "--modification-date=" + Date, "-o", output, folder,
            ],
            environment); // prints nothing of use
    }
}
