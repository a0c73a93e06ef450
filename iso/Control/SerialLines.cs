using System;
using System.IO;
using System.Net.Sockets;
using Multicosm.Hosting;

namespace Multicosm.Control;

/// <summary>Opens the way to a hypervisor's serial line.</summary>
internal static class SerialLines
{
    /// <summary>The line that <paramref name="options"/> name. A <see cref="HostException"/> says why it cannot be had.</summary>
    public static Stream Open(ControlOptions options) => options.Device is { } device ? OpenDevice(device) : Connect(options.Host, options.Port, options.ConnectTimeout);

    private static NetworkStream Connect(string host, int port, int seconds)
    {
        TcpClient client = new() { NoDelay = true };
        try
        {
            if (!client.ConnectAsync(host, port).Wait(TimeSpan.FromSeconds(seconds)))
            {
                throw new HostException(ControlExit.NoConnection, $"{host}:{port} does not answer within {seconds} s");
            }

            return client.GetStream();
        }
        catch (AggregateException exception) when (exception.InnerException is SocketException)
        {
            throw new HostException(ControlExit.NoConnection, $"{host}:{port}: {exception.InnerException.Message}; start a hypervisor with ./run --listen {port}, or give --connect or --device");
        }
    }

    // The device is set first, so that opening it does not wait for a modem's carrier.
    private static FileStream OpenDevice(string device)
    {
        if (!File.Exists(device))
        {
            throw new HostException(ControlExit.Usage, $"--device {device}: there is no such device");
        }

        _ = Tool.Run("stty", ["-F", device, "115200", "raw", "-echo", "cs8", "-parenb", "-cstopb", "clocal", "-crtscts"], failure: ControlExit.NoConnection); // it prints nothing
        try
        {
            return new FileStream(device, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HostException(ControlExit.NoConnection, $"--device {device}: {exception.Message}");
        }
    }
}
