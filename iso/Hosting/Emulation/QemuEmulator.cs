using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;

namespace Multicosm.Hosting.Emulation;

/// <summary>QEMU without KVM: a PC without any hardware virtualisation.</summary>
public sealed class QemuEmulator : Emulator
{
    private readonly EmulatorOptions _options;

    /// <summary>Makes one that is switched off.</summary>
    public QemuEmulator(EmulatorOptions options) => _options = options;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prepare()
    {
        _ = File.CreateSymbolicLink(Path.Combine(Folder, "cd.iso"), Path.GetFullPath(_options.Iso)); // a path without commas
        List<string> command =
        [
            "qemu-system-x86_64", "-accel", "tcg", "-cpu", "Nehalem",
            "-m", _options.MemoryMiB.ToString(CultureInfo.InvariantCulture), "-smp", _options.Processors.ToString(CultureInfo.InvariantCulture),
            "-display", "none", "-monitor", "none", "-nodefaults", "-vga", "std", "-cdrom", "cd.iso",
            "-chardev", "socket,id=line,path=serial,server=on,wait=on", "-serial", "chardev:line",
        ];
        if (!_options.RealTime)
        {
            command.AddRange(["-icount", "shift=0,sleep=off", "-rtc", "base=2023-11-14,clock=vm"]);
        }

        return command;
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
