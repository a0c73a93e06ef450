using System.Collections.Generic;
using System.IO;

namespace Multicosm.Hosting.Composing;

/// <summary>Makes the FAT file system from which UEFI starts the boot loader.</summary>
/// <source>UEFI Specification, "Removable Media Boot Behavior"</source>
internal static class EfiPartition
{
    private const string GrubFolder = "/usr/lib/grub/x86_64-efi";

    // What makes two of them alike: mtools would put a random one.
    private const string SerialNumber = "4D434F53";

    /// <summary>
    /// Writes the partition's image into <paramref name="folder"/> and returns its path. The boot loader in it looks for the volume
    /// that has the file <paramref name="mark"/>, and takes its script from there.
    /// </summary>
    public static string Make(string folder, string loader, string mark, IReadOnlyDictionary<string, string> environment)
    {
        string script = Path.Combine(folder, "efi.cfg");
        string program = Path.Combine(folder, "BOOTX64.EFI");
        string image = Path.Combine(folder, "efi.img");
        File.WriteAllText(script, $"search.file {mark} root\nset prefix=($root)/boot/grub\nset gfxpayload=keep\n{GrubMenu.EfiWait}\n");
        _ = Tool.Run("grub-mkimage", ["-d", GrubFolder, "-O", "x86_64-efi", "-p", "/boot/grub", "-c", script, "-o", program,
            "part_gpt", "part_msdos", "iso9660", "fat", "search_fs_file", "efi_gop", "efi_uga", "normal", "boot", "echo",
            "test", "ls", "cat", "reboot", "halt", loader]); // prints nothing

        // 2.88 MB: a size that mformat knows by itself.
        _ = Tool.Run("mformat", ["-C", "-i", image, "-f", "2880", "-N", SerialNumber, "::"], environment); // prints nothing
        _ = Tool.Run("mmd", ["-i", image, "::/EFI", "::/EFI/BOOT"], environment); // nor this
        _ = Tool.Run("mcopy", ["-i", image, program, "::/EFI/BOOT/BOOTX64.EFI"], environment); // nor this
        return image;
    }
}
