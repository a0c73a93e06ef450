using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Threading;

namespace Multicosm.Hosting.Serial;

/// <summary>
/// The other end of the machine's serial line. Both emulators take bytes as fast as the emulated line does and no faster, so
/// what is sent waits in the socket; but before the kernel has set its UART up, bytes would be lost: they are held back until
/// the first byte comes.
/// </summary>
public sealed class SerialLink : IDisposable
{
    private readonly Socket _socket;
    private readonly IReadOnlyList<Stream> _copies;
    private readonly Thread _reader;
    private readonly ManualResetEventSlim _spoke = new();
    private readonly Lock _sending = new();

    /// <summary>Starts reading from <paramref name="socket"/>; what comes is copied to each of <paramref name="copies"/> as well.</summary>
    public SerialLink(Socket socket, IReadOnlyList<Stream> copies)
    {
        _socket = socket;
        _copies = copies;
        _reader = new Thread(Read) { IsBackground = true, Name = "serial line" };
        _reader.Start();
    }

    /// <summary>What came.</summary>
    public Transcript Transcript { get; } = new();

    /// <summary>Sends bytes; does nothing when the machine is gone.</summary>
    public void Send(ReadOnlySpan<byte> bytes, CancellationToken cancellation)
    {
        _spoke.Wait(cancellation);
        lock (_sending)
        {
            try
            {
                while (!bytes.IsEmpty)
                {
                    bytes = bytes[_socket.Send(bytes)..];
                }
            }
            catch (SocketException)
            {
                // The reader sees the same and ends the transcript.
            }
            catch (ObjectDisposedException)
            {
                // The run is over.
            }
        }
    }

    /// <summary>Ends the line and waits until all that came is in the transcript.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _reader.Join();
        _spoke.Dispose();
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        try
        {
            for (int count = _socket.Receive(buffer); count > 0; count = _socket.Receive(buffer))
            {
                Transcript.Append(buffer.AsSpan(0, count));
                _spoke.Set();
                foreach (Stream copy in _copies)
                {
                    copy.Write(buffer, 0, count);
                    copy.Flush();
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            // The emulator ended, or nobody listens to us any more: either way the line is over.
        }

        Transcript.End();
        _spoke.Set();
    }
}
