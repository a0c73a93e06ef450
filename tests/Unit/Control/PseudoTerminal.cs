using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Multicosm.Unit.Control;

/// <summary>A serial device whose other end is a TCP port.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private const int ReadWriteWithoutControl = 2 | 0x100;

    private readonly FileStream _master;
    private readonly SafeFileHandle _held;
    private readonly TcpClient _manager;

    public PseudoTerminal(int port)
    {
        int master = OpenMaster(ReadWriteWithoutControl);
        Assert.True(master >= 0 && Grant(master) == 0 && Unlock(master) == 0);
        byte[] name = new byte[64];
        Assert.Equal(0, NameOf(master, name, (nuint)name.Length));
        Name = Encoding.ASCII.GetString(name).TrimEnd('\0');
        _master = new FileStream(new SafeFileHandle(master, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);

        // Without a program at the device its other end cannot be read: it is held open.
        _held = new SafeFileHandle(Open(name, ReadWriteWithoutControl), ownsHandle: true);
        Assert.False(_held.IsInvalid);
        _manager = new TcpClient("127.0.0.1", port);
        Copy(_master, _manager.GetStream());
        Copy(_manager.GetStream(), _master);
    }

    public string Name { get; }

    /// <summary>What stty says of it.</summary>
    public string Settings()
    {
        using Process process = Process.Start(new ProcessStartInfo("stty", ["-F", Name, "-a"]) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd();
    }

    public void Dispose()
    {
        _manager.Dispose();
        _held.Dispose();
        _master.Dispose();
    }

    private static void Copy(Stream from, Stream to) => new Thread(() =>
    {
        byte[] buffer = new byte[4096];
        try
        {
            for (int count = from.Read(buffer); count > 0; count = from.Read(buffer))
            {
                to.Write(buffer, 0, count);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    })
    { IsBackground = true }.Start();

    [DllImport("libc", EntryPoint = "posix_openpt")]
    private static extern int OpenMaster(int flags);

    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open(byte[] name, int flags);

    [DllImport("libc", EntryPoint = "grantpt")]
    private static extern int Grant(int file);

    [DllImport("libc", EntryPoint = "unlockpt")]
    private static extern int Unlock(int file);

    [DllImport("libc", EntryPoint = "ptsname_r")]
    private static extern int NameOf(int file, [Out] byte[] name, nuint length);
}
