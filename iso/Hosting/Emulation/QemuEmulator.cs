using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;

namespace Multicosm.Hosting.Emulation;

/// <summary>QEMU without KVM: a PC without any hardware virtualisation.</summary>
public sealed class QemuEmulator : Emulator
{
    private const string UefiFirmware = "/usr/share/ovmf/OVMF.fd";

    private readonly EmulatorOptions _options;

    /// <summary>Makes one that is switched off.</summary>
    public QemuEmulator(EmulatorOptions options) => _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<string>? DebuggerCommand => _options.Debug == null ? null :
    [
        "gdb", "-nx", "-q", "-iex", "set debuginfod enabled off",
        "-ex", "source " + Path.Combine(Repository.Root, "iso", "debugging", "names.py"),
        "-ex", $"set substitute-path \"/multicosm/\" \"{Repository.Root}/\"", // as the build calls the sources
        "-ex", "target remote " + Path.Combine(Folder, "gdb"),
        .. _options.Debug.Commands == null ? (IReadOnlyList<string>)[] : ["-batch", "-x", Path.GetFullPath(_options.Debug.Commands)],
        Repository.DebugKernel,
    ];

    /// <inheritdoc/>
    // Ctrl-C in a debugging session is for the debugger alone: a session of its own keeps the signal away.
    protected override string StartLine => _options.Debug == null ? base.StartLine : base.StartLine.Replace("exec", "exec setsid", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prepare()
    {
        _ = File.CreateSymbolicLink(Path.Combine(Folder, "image.iso"), Path.GetFullPath(_options.Iso)); // a path without commas
        List<string> command =
        [
            "qemu-system-x86_64", "-accel", "tcg", "-cpu", "Nehalem",
            "-m", _options.MemoryMiB.ToString(CultureInfo.InvariantCulture), "-smp", _options.Processors.ToString(CultureInfo.InvariantCulture),
            "-display", "none", "-monitor", "unix:monitor,server=on,wait=off", "-nodefaults", "-vga", "std",
            "-chardev", "socket,id=line,path=serial,server=on,wait=on",
            .. _options.SerialDevice,
        ];
        command.AddRange(_options.FromDisk ? ["-drive", "file=image.iso,format=raw,snapshot=on"] : ["-cdrom", "image.iso"]);
        if (_options.Uefi)
        {
            command.AddRange(["-bios", UefiFirmware]);
        }
        else if (!_options.RealTime)
        {
            // Not with UEFI, which waits for its user for seconds: by this clock that is thousands of millions of instructions.
            command.AddRange(["-icount", "shift=0,sleep=off", "-rtc", "base=2023-11-14,clock=vm"]);
        }

        if (_options.Debug != null)
        {
            command.AddRange(["-S", "-chardev", "socket,id=gdb,path=gdb,server=on,wait=off", "-gdb", "chardev:gdb"]);
        }

        return command;
    }

    /// <summary>Gives QEMU's monitor a command and waits until it has done it.</summary>
    public void Monitor(string command)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(Folder, "monitor")));
        WaitForMonitor(socket);
        _ = socket.Send(Encoding.ASCII.GetBytes(command + "\n")); // a socket takes so few bytes at once
        WaitForMonitor(socket);
    }

    // Its prompt stands on a new line when it is ready for the next command; it comes within a line with the echo of one.
    private static void WaitForMonitor(Socket socket)
    {
        byte[] buffer = new byte[4096];
        string text = "";
        while (!text.EndsWith("\n(qemu) ", StringComparison.Ordinal))
        {
            int count = socket.Receive(buffer);
            text += count > 0 ? Encoding.ASCII.GetString(buffer, 0, count) : throw new IOException("QEMU's monitor is gone");
        }
    }

    /// <inheritdoc/>
    protected override Socket? TryConnect()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(Folder, "serial")));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <inheritdoc/>
    protected override EmulatorEnd FindEnd() => ProcessExitCode == 0 ? EmulatorEnd.PoweredOff : EmulatorEnd.Died;
}
