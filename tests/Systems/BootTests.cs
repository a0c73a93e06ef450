using System;
using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>One ISO boots as a CD and as a disk, with a BIOS and with UEFI. That the domain runs from the CD in Bochs is DefaultRunTests' matter.</summary>
public sealed class BootTests
{
    [Fact]
    public void ACdInBochsBoots() => Check("boot-bochs-cd", new EmulatorOptions { Iso = Isos.Default }, "BIOS");

    [Fact]
    public void ADiskInBochsBoots() => Check("boot-bochs-disk", new EmulatorOptions { Iso = Isos.Default, FromDisk = true }, "BIOS");

    [Fact]
    public void ACdWithABiosBoots() => Check("boot-bios-cd", new EmulatorOptions { Iso = Isos.Default, HasVtx = false }, "BIOS");

    [Fact]
    public void ADiskWithABiosBoots() => Check("boot-bios-disk", new EmulatorOptions { Iso = Isos.Default, HasVtx = false, FromDisk = true }, "BIOS");

    [Fact]
    public void ACdWithUefiBoots() => Check("boot-uefi-cd", new EmulatorOptions { Iso = Isos.Default, HasVtx = false, Uefi = true }, "UEFI");

    [Fact]
    public void ADiskWithUefiBoots()
        => Check("boot-uefi-disk", new EmulatorOptions { Iso = Isos.Default, HasVtx = false, Uefi = true, FromDisk = true }, "UEFI");

    [Fact]
    public void TheImageHasBothPartitionTablesAndBothBootRecords()
    {
        const int Sector = 512;
        const int CdSector = 2048;
        byte[] image = File.ReadAllBytes(Isos.Default);
        Assert.Equal((byte[])[0x55, 0xAA], image[510..512]);
        Assert.Equal(0xEE, image[446 + 4]); // the first entry of the MBR protects the GPT
        Assert.Equal("EFI PART"u8.ToArray(), image[Sector..(Sector + 8)]);
        int entries = (int)BitConverter.ToInt64(image, Sector + 72) * Sector;
        Guid efi = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
        int entry = Enumerable.Range(0, 8).Select(index => entries + (index * 128)).Single(at => new Guid(image.AsSpan(at, 16)) == efi);
        int partition = (int)BitConverter.ToInt64(image, entry + 32) * Sector;
        Assert.Equal("FAT12   "u8.ToArray(), image[(partition + 54)..(partition + 62)]);

        // El Torito: the validation entry, the BIOS' entry, then a section for UEFI, which starts the same partition.
        int catalog = BitConverter.ToInt32(image, (17 * CdSector) + 0x47) * CdSector;
        Assert.Equal((byte[])[1, 0], image[catalog..(catalog + 2)]);
        Assert.Equal(0x88, image[catalog + 32]);
        Assert.Equal((byte[])[0x91, 0xEF], image[(catalog + 64)..(catalog + 66)]);
        Assert.Equal(partition, BitConverter.ToInt32(image, catalog + 96 + 8) * CdSector);
    }

    private static void Check(string name, EmulatorOptions options, string firmware)
    {
        using TestMachine machine = new(name, options);
        machine.Expect(TestMachine.Prompt, 400); // a BIOS reads a disk of this size slowly under emulation
        string info = machine.Command("info");
        Assert.Matches($"(?m)^firmware: {firmware}\r?$", info);
        Assert.Matches(options.Uefi ? "(?m)^ACPI: revision [2-9], XSDT, RSDP from the boot loader" : "(?m)^ACPI: revision [0-9], [RX]SDT, RSDP from the boot loader", info);
        machine.Send("host poweroff -f");
        Assert.Equal(EmulatorEnd.PoweredOff, machine.WaitForEnd(60));
    }
}
