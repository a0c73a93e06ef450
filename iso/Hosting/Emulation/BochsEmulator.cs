using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Multicosm.Hosting.Emulation;

/// <summary>Bochs: a PC with VT-x. With the clock by instructions, one tick of the TSC is one instruction.</summary>
public sealed partial class BochsEmulator : Emulator
{
    /// <summary>The processor that tests and figures are about.</summary>
    public const string DefaultModel = "corei7_haswell_4770";

    // Bochs takes no more from the host.
    private const int MaximumHostMemory = 2048;

    private readonly EmulatorOptions _options;
    private int _port;

    /// <summary>Makes one that is switched off.</summary>
    public BochsEmulator(EmulatorOptions options) => _options = options;

    private string LogFile => Path.Combine(Folder, "bochs.log");

    /// <summary>The processors that Bochs knows.</summary>
    public static IReadOnlyList<string> Models()
    {
        string text = Tool.Run("/bin/sh", ["-c", "bochs --help cpu 2>&1"]);
        return [.. text.Split('\n').Select(line => line.Trim()).SkipWhile(line => !line.EndsWith("models:", StringComparison.Ordinal)).Skip(1)
            .Where(line => line.Length > 0 && line.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_'))];
    }

    /// <summary>Stops it and says how many ticks it ran for since power-on.</summary>
    public ulong StopAndCountTicks()
    {
        // Interrupted, it goes to its debugger's prompt, prints the tick, finds no more commands, and ends.
        _ = Tool.Run("kill", ["-INT", ProcessId.ToString(CultureInfo.InvariantCulture)]); // prints nothing
        if (!WaitForEnd(TimeSpan.FromSeconds(10)))
        {
            throw new InvalidOperationException("Bochs does not end");
        }

        MatchCollection ticks = TickCount().Matches(File.ReadAllText(OutputFile));
        return ulong.Parse(ticks[^1].Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prepare()
    {
        _port = FreePort();
        _ = File.CreateSymbolicLink(Path.Combine(Folder, "cd.iso"), Path.GetFullPath(_options.Iso)); // a path without commas and blanks

        // Debian's build has the debugger, which waits for its first command.
        File.WriteAllText(Path.Combine(Folder, "commands"), "c\n");
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

    private string Configuration()
    {
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
            ata0-master: type=cdrom, path=cd.iso, status=inserted
            boot: cdrom
            com1: enabled=1, mode=socket-server, dev=localhost:{_port}
            log: bochs.log
            panic: action=fatal
            error: action=ignore
            info: action=ignore

            """;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"^\(\d+\)\.\[(\d+)\]", RegexOptions.Multiline)]
    private static partial Regex TickCount();
}
