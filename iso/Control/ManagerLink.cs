using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Multicosm.Hosting;

namespace Multicosm.Control;

/// <summary>
/// The conversation with a manager: requests and their replies, and the events between them. Whatever was on the line before, from the
/// prompt in the middle of a console to a program that was killed, ends with the first answer to our own number.
/// </summary>
internal sealed class ManagerLink : IDisposable
{
    private const byte StartByte = 2; // STX
    private const int MaximumLine = 4096;
    private const int AttemptMilliseconds = 5000;
    private const int LeaveSeconds = 5;
    private const int ProbeMilliseconds = 5000;

    // Ctrl-] leaves a console, Ctrl-C gives up a line, Enter answers no to a question, STX starts the JSON mode.
    private static readonly byte[] s_start = [0x1D, 0x03, (byte)'\r', StartByte];

    private readonly Stream _stream;
    private readonly TextWriter _errors;
    private readonly LineReader _reader;
    private readonly string _prefix = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private Deadline _deadline = Deadline.Never;
    private int _requests;
    private bool _isAwaiting;
    private volatile bool _interrupted;

    private ManagerLink(Stream stream, TextWriter errors)
    {
        _stream = stream;
        _errors = errors;
        OnEvent = Tell;
        _reader = new LineReader(stream);
    }

    /// <summary>Is told each event; notices, crashes and lost events are messages unless replaced.</summary>
    public Action<ManagerEvent> OnEvent { get; set; }

    /// <summary>False once nobody is there to talk to.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>Starts a conversation over <paramref name="stream"/>, which it owns; messages of the manager go to <paramref name="errors"/>.</summary>
    public static ManagerLink Open(Stream stream, int seconds, TextWriter errors)
    {
        ManagerLink link = new(stream, errors);
        try
        {
            link.Start(seconds);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>Gives all that follows this much time, from now; null for no limit.</summary>
    public void LimitTo(int? seconds)
        => _deadline = new Deadline(seconds, ControlExit.Timeout, $"it is not done after {seconds} s");

    /// <summary>Ends what waits, from another thread.</summary>
    public void Interrupt()
    {
        _interrupted = true;
        _reader.Wake();
    }

    /// <summary>Lets <see cref="Wait"/> return, from another thread.</summary>
    public void Wake() => _reader.Wake();

    /// <summary>Sends a request and waits for its reply.</summary>
    public Reply Request(string verb, params IReadOnlyList<string> arguments) => Answer(Send(verb, [.. arguments.Select(LatinText.Encode)]));

    /// <summary>Types bytes, at most 512, into a domain's console; the reply says how many there was room for.</summary>
    public Reply Type(string domain, byte[] bytes) => Answer(Send("type", [LatinText.Encode(domain), LatinText.From(bytes)]));

    /// <summary>The same as <see cref="Request"/>; a refusal is a <see cref="HostException"/> with the manager's words.</summary>
    public Reply Demand(string verb, params IReadOnlyList<string> arguments)
    {
        Reply reply = Request(verb, arguments);
        return reply.Ok ? reply : throw new HostException(ControlExit.Refused, reply.Error);
    }

    /// <summary>Waits for an event, at most this long.</summary>
    public void Wait(int milliseconds) => _ = Next(milliseconds); // the event was told; no reply is due

    /// <summary>Gives the line back to people; does nothing if nobody is there.</summary>
    public void Leave()
    {
        if (!IsUp)
        {
            return;
        }

        try
        {
            _interrupted = false;
            OnEvent = Tell;
            _deadline = new Deadline(LeaveSeconds, ControlExit.Timeout, "");
            if (_isAwaiting)
            {
                Write([StartByte]); // ends a verb that waits
            }

            _ = Request("text"); // it cannot be refused
        }
        catch (HostException)
        {
            // It is gone, or busy: the next one starts anew in any case.
        }
    }

    /// <summary>Closes the line.</summary>
    public void Dispose() => _stream.Dispose();

    private void Start(int seconds)
    {
        Action<ManagerEvent> onEvent = OnEvent;
        OnEvent = _ => { }; // what happened to others
        _deadline = new Deadline(seconds, ControlExit.NoConnection, $"the line is open, but no manager answers within {seconds} s: another program may have the line, or the hypervisor is not there");
        bool answered = false;
        while (!answered)
        {
            Write(s_start);
            string id = Send("hello", []);
            long end = Environment.TickCount64 + AttemptMilliseconds;
            while (!answered && Environment.TickCount64 < end)
            {
                answered = Next((int)Math.Max(end - Environment.TickCount64, 1))?.Id == id;
            }
        }

        OnEvent = onEvent;
        _deadline = Deadline.Never;
    }

    // Replies come in order: that to a question asked later shows that ours was lost, however long the verb may take.
    private Reply Answer(string id)
    {
        _isAwaiting = true;
        string? probe = null;
        long asked = Environment.TickCount64;
        while (true)
        {
            Reply? reply = Next(ProbeMilliseconds);
            if (reply?.Id == id)
            {
                _isAwaiting = false;
                return reply;
            }

            if (reply != null && reply.Id == probe)
            {
                throw new HostException(ControlExit.NoConnection, "the reply did not come whole: bytes were lost or changed on the line. What was asked for may have been done");
            }

            if (probe == null && Environment.TickCount64 - asked >= ProbeMilliseconds)
            {
                probe = Send("hello", []);
            }
        }
    }

    private string Send(string verb, IReadOnlyList<string> arguments)
    {
        string id = $"{_prefix}-{++_requests}";
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(new { id, verb = LatinText.Encode(verb), args = arguments });
        if (line.Length > MaximumLine)
        {
            throw new HostException(ControlExit.Usage, $"the request has {line.Length} bytes, expected at most {MaximumLine}");
        }

        Write([.. line, (byte)'\n']);
        return id;
    }

    private void Write(byte[] bytes)
    {
        try
        {
            _stream.Write(bytes);
            _stream.Flush();
        }
        catch (IOException)
        {
            throw Gone();
        }
    }

    // Takes what comes next: an event is told, a reply returned.
    private Reply? Next(int milliseconds)
    {
        string? line = _reader.Next(_deadline.Limit(milliseconds));
        if (_interrupted)
        {
            throw new HostException(ControlExit.Interrupted, "interrupted");
        }

        if (_reader.IsEnded && line == null)
        {
            throw Gone();
        }

        if (line == null || !TryRead(line, out JsonElement json))
        {
            return null;
        }

        if (json.TryGetProperty("event", out _))
        {
            OnEvent(new ManagerEvent(line.TrimEnd('\r'), json));
            return null;
        }

        return new Reply(line.TrimEnd('\r'), json);
    }

    private HostException Gone()
    {
        IsUp = false;
        return new HostException(ControlExit.NoConnection, "the line ended");
    }

    // What is not an object was printed before the JSON mode.
    private static bool TryRead(string line, out JsonElement json)
    {
        json = default;
        if (!line.StartsWith('{'))
        {
            return false;
        }

        try
        {
            json = JsonDocument.Parse(Encoding.Latin1.GetBytes(line)).RootElement;
            return json.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Tell(ManagerEvent happened)
    {
        if (happened.Kind is "notice" or "crash")
        {
            _errors.Write(happened.Message);
        }
        else if (happened.Kind == "dropped")
        {
            _errors.WriteLine("mc: some events were lost: " + happened.Line);
        }
    }
}
