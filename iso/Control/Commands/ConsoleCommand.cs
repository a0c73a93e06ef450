using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading;
using Multicosm.Hosting.Terminals;

namespace Multicosm.Control.Commands;

/// <summary>A domain's console: its bytes go to standard output, standard input is typed. Ctrl-] leaves.</summary>
internal sealed class ConsoleCommand(string name) : ControlCommand
{
    private const byte LeaveKey = 0x1D; // Ctrl-]
    private const int BytesPerRequest = 512;
    private const int WaitMilliseconds = 100; // a guest that reads slowly is asked again after this time

    private readonly ConcurrentQueue<byte> _typed = new();
    private volatile bool _leaves;

    /// <inheritdoc/>
    public override int Run(ManagerLink link, ControlConsole console)
    {
        DomainFollower domain = DomainFollower.Find(link, name);
        console.Errors.WriteLine(console.HasTerminal ? $"[console of {domain.Name}: Ctrl-] leaves]" : $"[console of {domain.Name}]");
        ConsoleFollower follower = new(link, domain, "0", bytes => console.Output.Write(bytes));
        if (follower.Missing > 0)
        {
            console.Errors.WriteLine($"[{follower.Missing} older bytes are gone]");
        }

        using (console.HasTerminal ? RawTerminal.Open() : null)
        {
            new Thread(() => ReadInput(link, console.Input)) { IsBackground = true, Name = "keyboard" }.Start();
            bool stays = true;
            while (stays && follower.Wait(WaitMilliseconds))
            {
                bool isLeaving = _leaves;
                bool moves = !_typed.IsEmpty && !domain.HasEnded && Type(link, domain.Name) > 0;
                stays = !isLeaving || (moves && !_typed.IsEmpty); // who leaves does not wait for a guest that reads nothing
            }
        }

        console.Errors.WriteLine();
        if (!_leaves)
        {
            console.Errors.WriteLine($"[{domain.Name} ended: {domain.Reason}]");
        }

        return ControlExit.Success;
    }

    // What the guest does not take yet stays in the queue. Returns how much is done with.
    private int Type(ManagerLink link, string domain)
    {
        byte[] bytes = _typed.ToArray();
        bytes = bytes[..Math.Min(bytes.Length, BytesPerRequest)];
        Reply reply = link.Type(domain, bytes);
        int taken = reply.Ok ? reply.Result.GetProperty("typed").GetInt32() : bytes.Length; // refused: it has ended, which the next event says
        for (int i = 0; i < taken; i++)
        {
            _ = _typed.TryDequeue(out _);
        }

        return taken;
    }

    private void ReadInput(ManagerLink link, Stream input)
    {
        byte[] buffer = new byte[1024];
        for (int count = Read(input, buffer); count > 0 && !_leaves; count = Read(input, buffer))
        {
            Span<byte> typed = buffer.AsSpan(0, count);
            int key = typed.IndexOf(LeaveKey);
            foreach (byte value in key < 0 ? typed : typed[..key])
            {
                _typed.Enqueue(value);
            }

            _leaves = key >= 0; // behind what was typed before
            link.Wake();
        }
    }

    private static int Read(Stream input, byte[] buffer)
    {
        try
        {
            return input.Read(buffer);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
