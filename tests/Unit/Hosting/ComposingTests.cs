using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;
using Xunit;

namespace Multicosm.Unit.Hosting;

public sealed class ComposingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ModulesAreNamedFromTheDeepestCommonFolder()
    {
        _folder.Write("out/k", "kernel");
        _folder.Write("out/r", "ramdisk");
        string file = _folder.Write("iso/domains/a.cfg", "name='a';kernel='../../out/k';ramdisk='../.././out//r'");
        IReadOnlyList<Module> modules = ModulePlan.Make([DomainFile.Read(file)]);
        Assert.Equal(["iso/domains/a.cfg", "out/k", "out/r"], modules.Select(module => module.Name));
        Assert.Equal([true, false, false], modules.Select(module => module.IsDomainFile));
        Assert.Equal(Path.Combine(_folder.Path, "out/k"), modules[1].Source);
    }

    [Fact]
    public void AFileOfTwoDomainsIsOneModule()
    {
        _folder.Write("k", "kernel");
        string[] files = [_folder.Write("a.cfg", "name='a';kernel='k'"), _folder.Write("b.cfg", "name='b';kernel='./k'")];
        Assert.Equal(["a.cfg", "b.cfg", "k"], ModulePlan.Make([.. files.Select(DomainFile.Read)]).Select(module => module.Name));
    }

    [Fact]
    public void DomainFilesComeFirstInTheGivenOrder()
    {
        _folder.Write("k", "kernel");
        _folder.Write("l", "kernel");
        string[] files = [_folder.Write("z.cfg", "name='z';kernel='l'"), _folder.Write("d/y.cfg", "name='y';kernel='../k'")];
        Assert.Equal(["z.cfg", "d/y.cfg", "l", "k"], ModulePlan.Make([.. files.Select(DomainFile.Read)]).Select(module => module.Name));
    }

    [Fact]
    public void AnAbsolutePathIsTheNameAsItIs()
    {
        string kernel = _folder.Write("else/k", "kernel");
        string file = _folder.Write("domains/a.cfg", $"name='a';kernel='{kernel}'");
        Assert.Equal(["a.cfg", kernel], ModulePlan.Make([DomainFile.Read(file)]).Select(module => module.Name));
    }

    [Theory]
    [InlineData("name='a'\nkernel='nix'", ":2: nix: no such file, expected a file at ")]
    [InlineData("name='a'\nkernel='.'", ":2: .: a directory, expected a file at ")]
    [InlineData("name='a'\nkernle='k'", ":2: unknown key 'kernle', expected 'kernel', which is the nearest")]
    [InlineData("name='a'\n\ntype='pvh';vcpus=2\nkernel='k'", ":3: 'vcpus': not built yet, expected ")]
    [InlineData("kernel='k'", ": missing key 'name', expected ")]
    public void AFaultIsSaidWithFileAndLine(string text, string expected)
    {
        _folder.Write("k", "kernel");
        string file = _folder.Write("a.cfg", text);
        HostException exception = Assert.Throws<HostException>(() => ModulePlan.Make([DomainFile.Read(file)]));
        Assert.Equal(1, exception.ExitCode);
        Assert.StartsWith(file + expected, exception.Message);
    }

    [Fact]
    public void TwoDomainsOfOneNameAreRefused()
    {
        _folder.Write("k", "kernel");
        string[] files = [_folder.Write("a.cfg", "name='a';kernel='k'"), _folder.Write("b.cfg", "name='a';kernel='k'")];
        HostException exception = Assert.Throws<HostException>(() => ModulePlan.Make([.. files.Select(DomainFile.Read)]));
        Assert.Contains("b.cfg:1: name 'a' is that of ", exception.Message);
    }

    [Fact]
    public void MoreThanTwoGigabytesAreRefused()
    {
        foreach (string name in (string[])["k", "r"])
        {
            using FileStream file = File.Create(Path.Combine(_folder.Path, name));
            file.SetLength((1024L * 1024 * 1024) + 1); // sparse: it takes no room
        }

        DomainFile domain = DomainFile.Read(_folder.Write("a.cfg", "name='a';kernel='k';ramdisk='r'"));
        Assert.Contains("expected at most 2147483648", Assert.Throws<HostException>(() => ModulePlan.Make([domain])).Message);
    }

    [Theory]
    [InlineData("kernel", ":2: kernel \"k\" is no kernel: it is neither a bzImage, nor an ELF file with a PVH entry, nor has it a multiboot header")]
    [InlineData("elf", ":2: kernel \"k\" is no kernel: it is neither a bzImage, nor an ELF file with a PVH entry, nor has it a multiboot header")]
    [InlineData("cut", ":2: kernel \"k\" is cut off: it is shorter than its header says, expected a bzImage")]
    [InlineData("short", ":2: kernel \"k\" is cut off: it is shorter than its header says, expected a bzImage")]
    [InlineData("old", ":2: kernel \"k\" is too old: boot protocol 2.10 (Linux 2.6.31) or later is needed, expected a bzImage")]
    [InlineData("empty", ":2: k: empty, expected a file at ")]
    public void AKernelThatNoDomainCouldStartIsRefused(string kind, string expected)
    {
        byte[] kernel = new byte[4096];
        kernel[0x1F1] = 1;
        kernel[0x1FE] = 0x55;
        kernel[0x1FF] = 0xAA;
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        kernel[0x206] = (byte)(kind == "old" ? 9 : 15);
        kernel[0x207] = 2;
        kernel[0x211] = 1;
        kernel[0x1F6] = 1; // its protected-mode part has 1 MiB
        byte[] content = kind switch
        {
            "kernel" => "not a kernel"u8.ToArray(),
            "elf" => [0x7F, (byte)'E', (byte)'L', (byte)'F', .. Enumerable.Repeat((byte)0xFF, 4092)],
            "short" => kernel[..0x210],
            "empty" => [],
            _ => kernel,
        };
        File.WriteAllBytes(Path.Combine(_folder.Path, "k"), content);
        string file = _folder.Write("a.cfg", "name='a'\nkernel='k'");
        string output = Path.Combine(_folder.Path, "o.iso");
        HostException exception = Assert.Throws<HostException>(() => IsoComposer.Compose(new ComposeRequest { DomainFiles = [file], Output = output, Kernel = file }));
        Assert.StartsWith(file + expected, exception.Message);
        Assert.Equal(1, exception.ExitCode);
        Assert.False(File.Exists(output));
    }

    [Theory]
    [InlineData("", ": a directory, expected a file at ")]
    [InlineData("nix.cfg", ": no such file, expected a file at ")]
    [InlineData("empty.cfg", ": empty, expected a file at ")]
    [InlineData("long.cfg", ": too long for a domain file, expected at most 1 MiB")]
    public void ADomainFileThatCannotBeReadIsRefused(string name, string expected)
    {
        _folder.Write("empty.cfg", "");
        _folder.Write("long.cfg", new string('#', (1024 * 1024) + 1));
        string path = Path.Combine(_folder.Path, name);
        Assert.StartsWith(path + expected, Assert.Throws<HostException>(() => DomainFile.Read(path)).Message);
    }

    [Theory]
    [InlineData("memory=0", ":2: 'memory': unsuitable number '0', expected a number from 1 to 1048576")]
    [InlineData("memory=1048577", ":2: 'memory': unsuitable number '1048577', expected a number from 1 to 1048576")]
    [InlineData("memory=-1", ":2: 'memory': found '-', expected a number, a quoted string or a list")]
    [InlineData("memory=99999999999999999999", ":2: 'memory': unsuitable number '99999999999999999999', expected a number from 1 to 1048576")]
    [InlineData("memory='lots'", ":2: 'memory': unsuitable number 'lots', expected a number from 1 to 1048576")]
    [InlineData("extra=\"a", ":2: 'extra': unterminated string '\"a', expected the closing quote on the same line")]
    [InlineData("disk=['a', ", ":2: 'disk': unterminated list, expected ']'")]
    public void AnImpossibleValueIsRefused(string line, string expected)
    {
        string file = _folder.Write("a.cfg", "name='a';kernel='k'\n" + line);
        Assert.StartsWith(file + expected, Assert.Throws<HostException>(() => DomainFile.Read(file)).Message);
    }

    [Fact]
    public void WarningsAreKept()
    {
        DomainFile domain = DomainFile.Read(_folder.Write("a.cfg", "name='a';kernel='k'\nvif=['']"));
        Assert.Equal([domain.GivenPath + ":2: warning: 'vif' is not built yet: ignored"], domain.Warnings);
    }

    [Fact]
    public void NothingIsWrittenWhenSomethingIsWrong()
    {
        string output = Path.Combine(_folder.Path, "o.iso");
        string file = _folder.Write("a.cfg", "name='a';kernel='nix'");
        ComposeRequest request = new() { DomainFiles = [file], Output = output, Kernel = file };
        Assert.Throws<HostException>(() => IsoComposer.Compose(request));
        Assert.Equal([file], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void TheScriptHasOptionsAndModules()
    {
        Module[] modules = [new("x", "iso/a b.cfg", true), new("y", "out/vmlinuz-6.1+x", false)];
        Assert.Equal(
            "set timeout=0$wait\nset timeout_style=hidden\nmenuentry \"Multicosm\" {\n"
            + "multiboot2 /boot/multicosm.elf 'a=b,c' 'autostart=no'\n"
            + "module2 /modules/000 domain iso/a%20b.cfg\n"
            + "module2 /modules/001 file out/vmlinuz-6.1+x\n"
            + "if [ \"$grub_platform\" = pc ]; then set gfxpayload=text; fi\n}\n",
            GrubMenu.Write(" a=b,c  autostart=no", modules));
    }

    [Theory]
    [InlineData("a='b'")]
    [InlineData("a=\"b\"")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("ä")]
    public void OptionsThatTheLoaderWouldChangeAreRefused(string options)
        => Assert.Equal(2, Assert.Throws<HostException>(() => GrubMenu.Write(options, [])).ExitCode);
}
