using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Loaders;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;
using Xunit;

namespace Multicosm.Unit.Hosting;

public sealed class PvKernelTests : IDisposable
{
    private static readonly byte[] s_entry = KernelMaker.Note("Xen", 1, 0, 1, 0, 0x81, 0xFF, 0xFF, 0xFF, 0xFF);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gzip", "-nc")]
    [InlineData("xz", "--check=crc32 --x86 --lzma2=dict=1MiB -c")]
    [InlineData("xz", "--format=lzma -c")]
    [InlineData("zstd", "-qc")]
    [InlineData("zstd", "-qc --ultra -22 --long=31")]
    [InlineData("lz4", "-lc")]
    public void EachCompressionOfLinuxIsUnpacked(string program, string arguments)
    {
        byte[] elf = KernelMaker.Elf(s_entry);
        byte[] kernel = KernelMaker.BzImage(KernelMaker.Pack(program, arguments, elf));
        byte[]? image = PvKernel.Extract(kernel, DomainType.Auto, "k");
        CheckReduced(image, s_entry);
    }

    [Fact]
    public void WhatIsLeftIsSegmentsAndNotes()
    {
        byte[] notes = [.. KernelMaker.Note("GNU", 3, 1, 2, 3), .. s_entry, .. KernelMaker.Note("Xen", 6, Encoding.ASCII.GetBytes("linux\0"))];
        byte[] kernel = KernelMaker.BzImage(KernelMaker.Pack("gzip", "-nc", KernelMaker.Elf(notes)));
        CheckReduced(PvKernel.Extract(kernel, DomainType.Pv, "k"), notes);
    }

    [Fact]
    public void ThePayloadOfOneKernelIsOneModule()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "k"), KernelMaker.BzImage(KernelMaker.Pack("lz4", "-lc", KernelMaker.Elf(s_entry))));
        _folder.Write("l", "kernel");
        DomainFile[] files = [.. new[] { "name='a';kernel='k'", "name='b';kernel='./k'", "name='c';kernel='l';type='hvm'" }.Select((text, index) => DomainFile.Read(_folder.Write($"{index}.cfg", text)))];
        IReadOnlyList<Module> modules = ModulePlan.Make(files);
        IReadOnlyList<Module> all = PvModules.Add(files, modules, Directory.CreateDirectory(Path.Combine(_folder.Path, "t")).FullName);
        Assert.Equal([.. modules.Select(module => module.Name), "k.elf"], all.Select(module => module.Name));
        CheckReduced(File.ReadAllBytes(all[^1].Source), s_entry);
    }

    [Fact]
    public void ANameThatIsTakenIsRefused()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "k"), KernelMaker.BzImage(KernelMaker.Pack("lz4", "-lc", KernelMaker.Elf(s_entry))));
        _folder.Write("k.elf", "ramdisk");
        DomainFile file = DomainFile.Read(_folder.Write("a.cfg", "name='a';kernel='k';ramdisk='k.elf'"));
        HostException exception = Assert.Throws<HostException>(() => PvModules.Add([file], ModulePlan.Make([file]), _folder.Path));
        Assert.StartsWith("k.elf: what is unpacked from the kernel gets this name", exception.Message);
    }

    [Fact]
    public void AKernelThatNeedsItsSectionsStaysWhole()
    {
        byte[] symbols = KernelMaker.Elf([.. s_entry, .. KernelMaker.Note("Xen", 11, Encoding.ASCII.GetBytes("yes\0"))]);
        Assert.Equal(symbols, PvKernel.Extract(KernelMaker.Pack("gzip", "-nc", symbols), DomainType.Pv, "k"));
        byte[] older = KernelMaker.Elf([], "__xen_guest");
        Assert.Equal(older, PvKernel.Extract(KernelMaker.Pack("gzip", "-nc", older), DomainType.Pv, "k"));
    }

    [Theory]
    [InlineData("elf", 2, null)]
    [InlineData("packed", 3, null)]
    [InlineData("text", 0, ":2: k: no entry for Xen PV guests was found, expected ")]
    public void AParavirtualDomainNeedsAKernelWithAnEntry(string kind, int modules, string? expected)
    {
        byte[] elf = KernelMaker.Elf(s_entry);
        File.WriteAllBytes(Path.Combine(_folder.Path, "k"), kind == "elf" ? elf : kind == "packed" ? KernelMaker.Pack("gzip", "-nc", elf) : "text"u8.ToArray());
        DomainFile file = DomainFile.Read(_folder.Write("a.cfg", "name='a';type='pv'\nkernel='k'"));
        KernelCheck.Run(file);
        IReadOnlyList<Module> planned = ModulePlan.Make([file]);
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "t")).FullName;
        if (expected == null)
        {
            Assert.Equal(modules, PvModules.Add([file], planned, folder).Count);
        }
        else
        {
            Assert.StartsWith(file.GivenPath + expected, Assert.Throws<HostException>(() => PvModules.Add([file], planned, folder)).Message);
        }
    }

    [Fact]
    public void AnElfFileGoesAsItIs() => Assert.Null(PvKernel.Extract(KernelMaker.Elf(s_entry), DomainType.Pv, "k"));

    [Theory]
    [InlineData("elf")]
    [InlineData("other")]
    [InlineData("pvh")]
    [InlineData("narrow")]
    [InlineData("short")]
    [InlineData("unknown")]
    [InlineData("none")]
    public void AKernelWithoutEntryIsForPvAlone(string kind)
    {
        byte[] elf = KernelMaker.Elf(kind switch
        {
            "other" => KernelMaker.Note("GNU", 1, 0, 0, 0, 0, 0, 0, 0, 0),
            "pvh" => KernelMaker.Note("Xen", 18, 0, 0, 0, 0, 0, 0, 0, 0),
            "short" => s_entry[..^1],
            "narrow" => s_entry,
            _ => [],
        });
        elf[4] = (byte)(kind == "narrow" ? 1 : 2);
        byte[] kernel = KernelMaker.BzImage(kind switch
        {
            "unknown" => Encoding.ASCII.GetBytes("BZh9 packed"),
            "none" => [],
            _ => KernelMaker.Pack("gzip", "-nc", elf),
        });
        Assert.Null(PvKernel.Extract(kernel, DomainType.Auto, "k"));
        Assert.Null(PvKernel.Extract(kernel, DomainType.Hvm, "k"));
        HostException exception = Assert.Throws<HostException>(() => PvKernel.Extract(kernel, DomainType.Pv, "a.cfg:2: k"));
        Assert.StartsWith("a.cfg:2: k: no entry for Xen PV guests was found, expected ", exception.Message);
    }

    [Theory]
    [InlineData("gzip", "-nc")]
    [InlineData("xz", "--check=crc32 --x86 --lzma2=dict=1MiB -c")]
    [InlineData("xz", "--format=lzma -c")]
    [InlineData("zstd", "-qc")]
    [InlineData("lz4", "-lc")]
    public void ADamagedPayloadIsRefused(string program, string arguments)
    {
        byte[] packed = KernelMaker.Pack(program, arguments, KernelMaker.Elf(s_entry));
        byte[] cut = [.. packed[..(packed.Length / 2)], .. packed[^4..]];
        byte[] longer = [.. packed];
        longer[^4]++;
        byte[] shorter = [.. packed];
        shorter[^3]--;
        foreach (byte[] payload in (byte[][])[cut, longer, shorter, packed[..6], packed[..9]])
        {
            HostException exception = Assert.Throws<HostException>(() => PvKernel.Extract(KernelMaker.BzImage(payload), DomainType.Auto, "a.cfg:2: k"));
            Assert.StartsWith("a.cfg:2: k: ", exception.Message);
            Assert.EndsWith(", expected an undamaged kernel", exception.Message);
            Assert.Equal(1, exception.ExitCode);
        }
    }

    [Fact]
    public void AHeaderThatPointsOutsideIsRefused()
    {
        byte[] kernel = KernelMaker.BzImage(KernelMaker.Pack("gzip", "-nc", KernelMaker.Elf(s_entry)));
        kernel[0x24B] = 0xFF;
        HostException exception = Assert.Throws<HostException>(() => PvKernel.Extract(kernel, DomainType.Auto, "k"));
        Assert.Equal("k: its header places the kernel behind the file's end, expected an undamaged kernel", exception.Message);
    }

    [Fact]
    public void SegmentsOutsideOfTheFileAreRefused()
    {
        for (int at = 0; at < 128; at++)
        {
            byte[] elf = KernelMaker.Elf(s_entry);
            elf[at] ^= 0xFF; // any of the header: the answer is a file, none or a message, never a fault
            byte[]? image = PvKernel.Extract(KernelMaker.Pack("gzip", "-nc", elf), DomainType.Auto, "k");
            Assert.True(image == null || image.Length <= elf.Length + 4096);
        }
    }

    private static void CheckReduced(byte[]? image, byte[] notes)
    {
        Assert.NotNull(image);
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(40)));
        Assert.Equal(0x1000100UL, BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(24)));
        Assert.Equal(LoadStatus.Success, ElfFile.Read(image, out ElfFile file));
        Assert.Equal(2, file.SegmentCount);
        Assert.True(file.TrySegment(0, out ElfSegment code));
        Assert.Equal((0xFFFFFFFF81000000UL, 0x1000000UL, 0x5000UL), (code.VirtualAddress, code.PhysicalAddress, code.MemoryBytes));
        Assert.Equal(0, code.FileOffset % 4096);
        Assert.Equal("code", Encoding.ASCII.GetString(image, code.FileOffset, code.FileBytes));
        Assert.True(file.TrySegment(1, out ElfSegment kept));
        Assert.Equal(notes, image.AsSpan(kept.FileOffset, kept.FileBytes).ToArray());
        Assert.Equal(kept.FileOffset + kept.FileBytes, image.Length);
    }
}
