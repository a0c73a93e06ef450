using System;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Unit.Domains;
using Multicosm.Unit.Management;

namespace Multicosm.Unit.Control;

/// <summary>The hypervisor's own shell on fakes, behind a TCP port like that of ./run --listen: one client after another. Its guests have a shell.</summary>
internal sealed class FakeManager : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Action> _orders = new();
    private readonly Thread _thread;
    private volatile bool _stops;

    public FakeManager(FakePc? pc = null)
    {
        Shell = new ShellFixture(pc ?? FakePc.WithDebian());
        Shell.Line.Room = 65536;
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The hypervisor; to be touched by orders only.</summary>
    public ShellFixture Shell { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What the guests answer to commands; null for no answer, as from a guest without a shell.</summary>
    public Func<string, (byte[] Output, int Status)?> GuestShell { get; set; } = _ => (Array.Empty<byte>(), 0);

    /// <summary>All that was typed into consoles.</summary>
    public ConcurrentQueue<byte> Typed { get; } = new();

    /// <summary>All that clients sent.</summary>
    public string Received { get; private set; } = "";

    /// <summary>What becomes of a piece of output on its way to the client.</summary>
    public Func<string, string> OnWay { get; set; } = piece => piece;

    /// <summary>False if the guests read nothing that is typed.</summary>
    public bool GuestsRead { get; set; } = true;

    /// <summary>True ends the line as a PC does that is switched off.</summary>
    public bool IsOff { get; set; }

    /// <summary>Lets the hypervisor's thread do something, and waits until it did.</summary>
    public void Do(Action order)
    {
        using ManualResetEventSlim done = new();
        _orders.Enqueue(() =>
        {
            order();
            done.Set();
        });
        Xunit.Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
    }

    public void Print(string name, string text) => Do(() => Shell.GuestPrints(name, text));

    /// <summary>The guest switches itself off.</summary>
    public void PowerOff()
        => Do(() => Shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 });

    public void Dispose()
    {
        _stops = true;
        _thread.Join();
        _listener.Stop();
    }

    private void Serve()
    {
        Socket? client = null;
        byte[] buffer = new byte[4096];
        while (!_stops)
        {
            while (_orders.TryDequeue(out Action? order))
            {
                order();
            }

            if (client == null && _listener.Pending())
            {
                client = _listener.AcceptSocket();
            }

            bool worked = client != null && Exchange(ref client, buffer);
            Shell.Steps(1);
            ServeGuests();
            if (!worked)
            {
                Thread.Sleep(1);
            }
        }

        client?.Dispose();
    }

    private bool Exchange(ref Socket? client, byte[] buffer)
    {
        try
        {
            bool worked = client!.Available > 0;
            int count = worked ? client.Receive(buffer) : 0;
            string input = Encoding.ASCII.GetString(buffer, 0, count);
            Shell.Line.Type(input);
            Received += input;
            bool isGone = (!worked && client.Poll(0, SelectMode.SelectRead) && client.Available == 0) || IsOff;
            string output = OnWay(Shell.Line.TakeOutput());
            if (!isGone && output.Length > 0)
            {
                worked = client.Send(Encoding.UTF8.GetBytes(output)) > 0;
            }

            if (isGone)
            {
                client.Dispose();
                client = null;
            }

            return worked;
        }
        catch (SocketException)
        {
            client!.Dispose();
            client = null;
            return false;
        }
    }

    // The guests' shell: it echoes, and understands what mc exec types.
    private readonly StringBuilder _line = new();

    private void ServeGuests()
    {
        for (int i = 0; GuestsRead && i < Shell.Pc.Manager.Domains.Count; i++)
        {
            GuestConsole console = Shell.Pc.Manager.Domains[i].Console;
            while (console.Source.TryRead(out byte value))
            {
                Typed.Enqueue(value);
                Print(console, value == '\r' ? "\r\n"u8.ToArray() : [value]);
                if (value != '\r')
                {
                    _line.Append(value == 0x15 ? "" : ((char)value).ToString());
                    continue;
                }

                Run(console, _line.ToString());
                _line.Clear();
            }
        }
    }

    private void Run(GuestConsole console, string line)
    {
        System.Text.RegularExpressions.Match match = System.Text.RegularExpressions.Regex.Match(line, @"^printf '%s%s\\n' 'MC-BEGIN-' '(\w+)'; sh -c '(.*)' </dev/null; printf '\\n%s%s %s\\n' 'MC-END-' '(\w+)' ""\$\?""$");
        if (match.Success && GuestShell(match.Groups[2].Value) is { } answer)
        {
            Print(console, [.. Encoding.ASCII.GetBytes($"MC-BEGIN-{match.Groups[1].Value}\r\n"), .. answer.Output, .. Encoding.ASCII.GetBytes($"\r\nMC-END-{match.Groups[3].Value} {answer.Status}\r\n/ # ")]);
        }
    }

    private static void Print(GuestConsole console, byte[] bytes)
    {
        foreach (byte value in bytes)
        {
            Xunit.Assert.True(console.Sink.TryWrite(value));
        }
    }
}
