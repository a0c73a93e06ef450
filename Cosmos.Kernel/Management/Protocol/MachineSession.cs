using System;
using Multicosm.Management.Protocol.Results;

namespace Multicosm.Management.Protocol;

/// <summary>
/// A program on the serial line instead of a person: each line is a request in JSON and gets one line as its reply; what happens
/// meanwhile comes as events between replies. The protocol is described in ARCHITECTURE.md.
/// </summary>
public sealed class MachineSession
{
    /// <summary>Typed at the prompt it starts this mode; here it starts anew, whatever was being sent.</summary>
    public const byte StartByte = 2; // Ctrl-B, STX

    /// <summary>Grows when a program that knows the old protocol would not understand the new one.</summary>
    public const uint ProtocolNumber = 1;

    private const int BytesPerPoll = 1024;
    private const int PartsPerPoll = 4; // of a result: guests run in between
    private const byte CancelKey = 3; // Ctrl-C
    private const byte LeaveKey = 0x1D; // Ctrl-]

    private readonly ShellContext _context;
    private readonly ResultSource[] _results;
    private readonly JsonWriter _writer;
    private readonly ReplyWriter _reply;
    private readonly EventBuffer _events;
    private readonly EventObserver _observer;
    private readonly EventSender _sender;
    private readonly ConsoleEvents _consoles;
    private readonly RequestLines _lines = new();
    private readonly Request _request = new();
    private readonly InputQueue _requests;
    private Stage _stage;
    private Verb? _verb;
    private ResultSource? _result;

    /// <summary>A session that is off: the arena must be open.</summary>
    public MachineSession(ShellContext context)
    {
        _context = context;
        _requests = context.Input;
        _writer = new JsonWriter(new LineOutput(context.Line));
        _reply = new ReplyWriter(context.Terminal, _writer);
        _events = new EventBuffer();
        _sender = new EventSender(context.Terminal, context.Notices, _events, _writer, _reply.Text);
        _observer = new EventObserver(context.Notices, _events);
        _consoles = new ConsoleEvents(context.Terminal, context.Manager.Domains, _writer);
        _results =
        [
            new AttachResult(), new DetachResult(), new HelloResult(), new InfoResult(), new ListResult(), new LogResult(), new MemoryResult(),
            new SchedulerResult(), new StatsResult(), new TypeResult(), new UptimeResult(), new VcpuListResult(),
        ];
        context.Manager.Observer = _observer;
    }

    private enum Stage : byte
    {
        Off,
        Idle,
        Verb,
        Result,
    }

    /// <summary>True while a program is on the line.</summary>
    public bool IsActive => _stage != Stage.Off;

    /// <summary>True if <see cref="Poll"/> would do something even if no request came.</summary>
    public bool HasWork => _stage != Stage.Idle || !_events.IsEmpty || _events.Dropped > 0 || _context.Notices.IsAnyPending || _consoles.HasWork;

    private bool HasResultRoom => _context.Terminal.Room >= ResultSource.ResultRoom;

    /// <summary>Starts the mode, or starts it anew: says hello, and looks at no console.</summary>
    public void Start()
    {
        _stage = Stage.Idle;
        _lines.Clear();
        _consoles.DetachAll();
        _events.Clear();
        _observer.IsActive = true;
        _context.Notices.IsSilent = true;
        _context.IsInteractive = false;
        JsonWriter writer = _events.Begin("hello"u8);
        HostData.WriteVersion(writer, _context);
        _events.End();
    }

    /// <summary>Goes on with the request at hand, or sends events and reads the next; true if more can be done at once.</summary>
    public bool Poll()
    {
        switch (_stage)
        {
            case Stage.Verb:
                if (!TryCancel())
                {
                    FollowVerb(_verb!.Continue(_context));
                }

                return _stage == Stage.Result;
            case Stage.Result:
                ContinueResult();
                return _stage == Stage.Idle || HasResultRoom;
            case Stage.Idle:
                return PollIdle();
            case Stage.Off:
            default:
                return false;
        }
    }

    /// <summary>Ends the reply at hand with success before the PC is switched off; what the verb prints afterwards is for the events.</summary>
    public void CompleteReply()
    {
        if (_stage == Stage.Verb)
        {
            _reply.EndText();
            EndReply(true);
            _context.Terminal.Machine = _context.Notices.Pending;
            _stage = Stage.Idle;
        }
    }

    private bool PollIdle()
    {
        _context.Terminal.Machine = null;
        if (!_sender.TrySend())
        {
            return false;
        }

        bool hasMore = _consoles.Poll();
        for (int i = 0; i < BytesPerPoll && _stage == Stage.Idle && _requests.TryTake(out byte value); i++)
        {
            if (value == StartByte)
            {
                Start();
                return true;
            }

            if (value is CancelKey or LeaveKey && !_lines.HoldsRequest)
            {
                _request.Clear();
                _reply.Begin(_request);
                AnswerText();
                return true;
            }

            if (_lines.Add(value) && !_lines.IsBlank)
            {
                Execute();
                return true;
            }
        }

        return hasMore || _requests.Count > 0;
    }

    private void Execute()
    {
        JsonStatus status = _lines.IsTooLong ? JsonStatus.LongLine : _request.Read(_lines.Line);
        if (status == JsonStatus.LongLine)
        {
            _request.Clear();
        }

        _reply.Begin(_request);
        if (status != JsonStatus.Success)
        {
            Fail(JsonText.Explain(status));
            return;
        }

        ReadOnlySpan<byte> substitute = Substitutes.For(_context.Verbs, _request.Verb, _request.Typed);
        if (!substitute.IsEmpty)
        {
            Fail(substitute);
            return;
        }

        if (_request.Verb.SequenceEqual("text"u8))
        {
            AnswerText();
            return;
        }

        Choose();
    }

    // The request "text", or a person's key for the same.
    private void AnswerText()
    {
        _reply.EndText();
        EndReply(true);
        Leave();
    }

    /// <summary>Finds who answers: a result alone, or a verb of the prompt and then a result, if there is one.</summary>
    private void Choose()
    {
        _result = null;
        for (int i = 0; i < _results.Length; i++)
        {
            _result = _results[i].Verb.SequenceEqual(_request.Verb) ? _results[i] : _result;
        }

        bool isWhole = _result is not null && _result.IsWholeAnswer;
        _verb = isWhole ? null : VerbTable.Find(_context.Verbs, _request.Verb);
        if (_verb is not null)
        {
            _stage = Stage.Verb;
            FollowVerb(_verb.Run(_context, _request.Typed.Trim((byte)' ')));
        }
        else if (_result is not null)
        {
            BeginResult();
        }
        else
        {
            _context.Terminal.Write(_request.Verb);
            Fail(": there is no such verb; \"help\" shows those there are"u8);
        }
    }

    private void FollowVerb(VerbStatus status)
    {
        if (_stage != Stage.Verb || status == VerbStatus.Running)
        {
            return; // the reply is complete already, or the verb is not done
        }

        if (status == VerbStatus.Failed)
        {
            _reply.EndText();
            EndReply(false);
        }
        else if (_result is null)
        {
            _reply.EndText();
            EndReply(true);
        }
        else
        {
            BeginResult();
        }
    }

    private void BeginResult()
    {
        bool begun = _result!.TryBegin(_context, _request);
        _reply.EndText();
        if (begun)
        {
            _stage = Stage.Result;
            _writer.Name("result"u8);
        }
        else
        {
            EndReply(!_result.IsWholeAnswer);
        }
    }

    private void ContinueResult()
    {
        for (int i = 0; i < PartsPerPoll && _stage == Stage.Result && HasResultRoom; i++)
        {
            if (_result!.Continue(_context, _writer))
            {
                EndReply(true);
            }
        }
    }

    // A program that starts anew has no use for what the one before waits for.
    private bool TryCancel()
    {
        bool cancels = _verb!.IsCancellable && _requests.IndexOf(StartByte) >= 0;
        if (cancels)
        {
            _verb.Cancel(_context);
            Fail("cancelled"u8);
        }

        return cancels;
    }

    private void Fail(ReadOnlySpan<byte> why)
    {
        _context.Terminal.WriteLine(why);
        _reply.EndText();
        EndReply(false);
    }

    private void EndReply(bool succeeded)
    {
        _reply.End(succeeded);
        _stage = Stage.Idle;
    }

    private void Leave()
    {
        _consoles.DetachAll();
        _stage = Stage.Off;
        _observer.IsActive = false;
        _context.Notices.IsSilent = false;
        _context.IsInteractive = true;
        _context.Terminal.WriteRaw("\r"u8); // lines for programs end with LF alone
    }
}
