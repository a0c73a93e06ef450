using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Multicosm.Hosting.Emulation;

/// <summary>Bochs: a PC with VT-x. With the clock by instructions, one tick of the TSC is one instruction.</summary>
public sealed class BochsEmulator : Emulator
{
    /// <summary>The processor that tests and figures are about.</summary>
    public const string DefaultModel = "corei7_haswell_4770";

    // Bochs takes no more from the host.
    private const int MaximumHostMemory = 2048;

    private readonly EmulatorOptions _options;
    private int _port;

    /// <summary>Makes one that is switched off.</summary>
    public BochsEmulator(EmulatorOptions options) => _options = options;

    /// <summary>Bochs' log: removed with <see cref="Emulator.Folder"/>.</summary>
    public string LogFile => Path.Combine(Folder, "bochs.log");

    /// <summary>The processors that Bochs knows.</summary>
    public static IReadOnlyList<string> Models()
    {
        string text = Tool.Run("/bin/sh", ["-c", "bochs --help cpu 2>&1"]);
        return [.. text.Split('\n').Select(line => line.Trim()).SkipWhile(line => !line.EndsWith("models:", StringComparison.Ordinal)).Skip(1)
            .Where(line => line.Length > 0 && line.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_'))];
    }

    /// <inheritdoc/>
    // In a debugging session it is the debugger, which reads the terminal after its file of commands.
    protected override string StartLine => _options.Debug == null ? base.StartLine : _options.Debug.Commands == null ? "exec \"$@\"" : "exec \"$@\" </dev/null";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prepare()
    {
        _port = FreePort();
        _ = File.CreateSymbolicLink(Path.Combine(Folder, "image.iso"), Path.GetFullPath(_options.Iso)); // a path without commas and blanks
        File.WriteAllText(Path.Combine(Folder, "commands"), Commands());
        File.WriteAllText(Path.Combine(Folder, "bochsrc"), Configuration());
        return ["bochs", "-q", "-unlock", "-f", "bochsrc", "-rc", "commands"];
    }

    /// <inheritdoc/>
    protected override Socket? TryConnect()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPAddress.Loopback, _port);
            _ = socket.Send(Encoding.ASCII.GetBytes(_options.TypedAhead)); // so little goes at once
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <inheritdoc/>
    // Its exit code is always 1.
    protected override EmulatorEnd FindEnd()
    {
        string text = File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";
        return text.Contains("shutdown requested", StringComparison.Ordinal) || text.Contains("soft power off", StringComparison.Ordinal)
            ? EmulatorEnd.PoweredOff
            : EmulatorEnd.Died;
    }

    // Debian's build has the debugger, which waits for its first command.
    private string Commands()
    {
        if (_options.Debug == null)
        {
            return "c\n";
        }

        File.Copy(Repository.Symbols, Path.Combine(Folder, "symbols"));
        string own = _options.Debug.Commands == null ? "" : File.ReadAllText(_options.Debug.Commands);
        return "ldsym global \"symbols\"\n" + own;
    }

    private string Configuration()
    {
        string drive = _options.FromDisk
            ? "ata0-master: type=disk, path=image.iso, mode=volatile\nboot: disk"
            : "ata0-master: type=cdrom, path=image.iso, status=inserted\nboot: cdrom";
        int hostMemory = Math.Min(_options.MemoryMiB, MaximumHostMemory);
        string clock = _options.RealTime ? "sync=slowdown, time0=utc" : "sync=none, time0=1";
        return $"""
            plugin_ctrl: unmapped=1
            config_interface: textconfig
            display_library: rfb, options="timeout=0"
            romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
            vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
            cpu: model={_options.Model}, count={_options.Processors}, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=1
            memory: guest={_options.MemoryMiB}, host={hostMemory}
            clock: {clock}
            ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
            {drive}
            com1: enabled=1, mode=socket-server, dev=localhost:{_port}
            log: bochs.log
            panic: action=fatal
            error: action=ignore
            info: action=ignore
            magic_break: enabled={(_options.Debug is { MagicBreak: true } ? 1 : 0)}
            debug: action=ignore{(_options.StampsSerial ? ", serial=report" : "")}

            """;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
