using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Multicosm.Hosting.Composing;

/// <summary>
/// Makes bootable images of files and a boot loader script: one file for a CD, a USB stick or a hard disk, for a PC's BIOS or UEFI.
/// The same input gives the same bytes.
/// </summary>
public static class BootImage
{
    private const string GrubFolder = "/usr/lib/grub/i386-pc";

    // The type that the UEFI specification gives the partition whose boot loader is started.
    private const string EfiPartitionType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";

    // Every date on the ISO.
    private const string Date = "2023111422132000";

    private static readonly Dictionary<string, string> s_fixedTime = new() { ["SOURCE_DATE_EPOCH"] = "1700000000", ["TZ"] = "UTC" };

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
            string folder = Path.Combine(staging, "files");
            Stage(folder, loader, script, files);
            string mark = "/boot/grub/" + Fingerprint(script, files);
            File.WriteAllText(folder + mark, "");
            string partition = EfiPartition.Make(staging, loader, mark, s_fixedTime);
            Master(folder, partition, unfinished);
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
            _ = File.CreateSymbolicLink(target, Path.GetFullPath(source)); // followed when the ISO is written: it may be large
        }

        _ = Tool.Run("grub-mkimage", ["-d", GrubFolder, "-O", "i386-pc-eltorito", "-p", "/boot/grub", "-o", Path.Combine(grub, "eltorito.img"),
            "biosdisk", "iso9660", "part_msdos", "normal", "boot", "echo", "test", loader]); // prints nothing
    }

    // A name that no other image has: the boot loader finds its own files by it when several images are plugged in.
    private static string Fingerprint(string script, IReadOnlyList<(string Source, string Path)> files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(script));
        foreach ((string source, string _) in files)
        {
            using FileStream file = File.OpenRead(source);
            hash.AppendData(SHA256.HashData(file));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    // A BIOS starts GRUB from the CD's boot record or from the first sector, UEFI from the partition, which the CD's boot catalog names too.
    private static void Master(string folder, string partition, string output) => _ = Tool.Run(
        "xorriso",
        [
            "-as", "mkisofs", "-quiet", "-r", "-file-mode", "0444", "-dir-mode", "0555", "-f", "-V", "MULTICOSM",
            "--grub2-mbr", GrubFolder + "/boot_hybrid.img", "--protective-msdos-label", "--mbr-force-bootable",
            "-partition_cyl_align", "off", "-append_partition", "2", EfiPartitionType, partition, "-appended_part_as_gpt",
            "-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info",
            "-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot",
            "--gpt_disk_guid", "modification-date", "--set_all_file_dates", Date, "--modification-date=" + Date, "-o", output, folder,
        ],
        s_fixedTime,
        ExitCode.Failure); // prints nothing of use
}
