using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Multicosm.Hosting.Serial;

/// <summary>
/// Gives a serial line to TCP clients of this computer, one after another: bytes as they are, in both directions. Each gets first what
/// came while there was none.
/// </summary>
public sealed class SerialServer : IDisposable
{
    private static readonly TimeSpan s_timeForLastBytes = TimeSpan.FromSeconds(2);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private Thread? _thread;
    private int _sent;

    private SerialServer(TcpListener listener) => _listener = listener;

    /// <summary>The port that clients connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Takes a port, any if it is 0. A <see cref="HostException"/> says why it cannot be had.</summary>
    public static SerialServer Open(int port)
    {
        TcpListener listener = new(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return new SerialServer(listener);
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            string why = exception.SocketErrorCode == SocketError.AddressAlreadyInUse ? "another program has this port" : exception.Message;
            throw new HostException(ExitCode.Usage, $"--listen {port}: {why}, expected a free port (0: any)");
        }
    }

    /// <summary>Serves <paramref name="line"/> from now on, on a thread of its own.</summary>
    public void Start(SerialLink line)
    {
        _thread = new Thread(() => Serve(line)) { IsBackground = true, Name = "serial server" };
        _thread.Start();
    }

    /// <summary>Gives the client a moment to get the last bytes of a line that ended, and closes the port.</summary>
    public void Dispose()
    {
        _stop.CancelAfter(s_timeForLastBytes);
        _listener.Stop();
        _thread?.Join();
        _stop.Dispose();
    }

    private void Serve(SerialLink line)
    {
        try
        {
            while (true)
            {
                using Socket client = _listener.AcceptSocket();
                client.NoDelay = true;
                Join(client, line);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The port was closed: the run is over.
        }
    }

    private void Join(Socket client, SerialLink line)
    {
        using CancellationTokenSource left = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using CancellationTokenRegistration end = _stop.Token.Register(client.Dispose);
        Thread sender = new(() => Send(client, line, left.Token)) { IsBackground = true, Name = "serial client" };
        sender.Start();
        byte[] buffer = new byte[4096];
        try
        {
            for (int count = client.Receive(buffer); count > 0; count = client.Receive(buffer))
            {
                line.Send(buffer.AsSpan(0, count), left.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It went without saying so, or the run is over.
        }

        left.Cancel();
        sender.Join();
    }

    private void Send(Socket client, SerialLink line, CancellationToken cancellation)
    {
        try
        {
            for (byte[] more = line.Transcript.WaitBeyond(_sent, cancellation); more.Length > 0; more = line.Transcript.WaitBeyond(_sent, cancellation))
            {
                _sent += client.Send(more);
            }

            client.Shutdown(SocketShutdown.Both); // the line ended: so does the client's reader
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is gone; what it did not get is the next one's.
        }
    }
}
