using System;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management.Editing;
using Multicosm.Management.Protocol;

namespace Multicosm.Management;

/// <summary>The operator's shell on the PC's serial line: prompt, verbs and consoles, served by the scheduler between runs of guests.</summary>
public sealed class Shell : HostWork
{
    private const int BytesPerPoll = 64;
    private const byte CancelKey = 3; // Ctrl-C

    private readonly ShellContext _context;
    private readonly HostTerminal _terminal;
    private readonly InputQueue _input;
    private readonly Notices _notices;
    private readonly ConsoleSession _session;
    private readonly LineEditor _editor;
    private readonly MachineSession _machine;
    private ShellMode _mode;
    private Verb? _running;
    private bool _isPromptDrawn;

    /// <summary>A shell on <paramref name="line"/>: the arena must be open. It says nothing until <see cref="Start"/>.</summary>
    public Shell(HostServices host, DomainManager manager, HostLine line, HostInfo info, PowerControl power)
    {
        _terminal = new HostTerminal(line);
        _input = new InputQueue(line);
        _notices = new Notices(host);
        _session = new ConsoleSession(_terminal, _input, _notices, host.Clock);
        _context = new ShellContext
        {
            Terminal = _terminal,
            Input = _input,
            Manager = manager,
            Host = host,
            Info = info,
            Line = line,
            Power = power,
            Notices = _notices,
            Session = _session,
            Verbs = VerbTable.Make(),
        };
        for (int i = 0; i < _context.Verbs.Length; i++)
        {
            _context.Verbs[i].Prepare(_context);
        }

        _editor = new LineEditor(_terminal, new ShellCompletion(_context));
        _machine = new MachineSession(_context);
        _context.Machine = _machine;
    }

    /// <summary>Takes lines for the operator at any time: they are printed above the prompt.</summary>
    public TextOutput Messages => _notices.Pending;

    private enum ShellMode : byte
    {
        Editing,
        Running,
        Attached,
    }

    /// <summary>Registers the ISO's domains in their order if <paramref name="autostart"/>, then prints the first prompt. The arena is sealed by now.</summary>
    public void Start(bool autostart)
    {
        _terminal.BeginLine();
        _terminal.Write("Multicosm "u8);
        _terminal.Write(_context.Info.Version);
        _terminal.Write(": \"help\" shows the verbs, \"console NAME\" a domain's console\n"u8);
        BootModule[] modules = _context.Host.Modules;
        for (int i = 0; autostart && i < modules.Length; i++)
        {
            if (modules[i].IsDomainFile)
            {
                _context.Manager.CreateAtBoot(modules[i], _notices.Pending);
            }
        }

        PromptAgain();
    }

    /// <inheritdoc/>
    public override bool HasWork => _input.Count > 0 || _context.Line.HasInput || (_machine.IsActive ? _machine.HasWork : HasWorkForOperator);

    /// <inheritdoc/>
    public override bool Poll()
    {
        _input.Fill();
        if (_machine.IsActive)
        {
            return PollMachine();
        }

        switch (_mode)
        {
            case ShellMode.Editing:
                if (TryShowPrompt())
                {
                    Edit();
                }

                break;
            case ShellMode.Running:
                if (!TryCancel(_running!))
                {
                    Follow(_running!.Continue(_context));
                }

                break;
            case ShellMode.Attached:
                if (!_session.Poll())
                {
                    PromptAgain();
                }

                break;
        }

        // Writing to the line may have taken bytes from it, whose interrupt will not come again.
        _input.Fill();
        return _input.Count > 0 && (_mode == ShellMode.Editing || (_mode == ShellMode.Attached && _session.CanTakeInput));
    }

    private bool HasWorkForOperator => _mode != ShellMode.Editing || !_isPromptDrawn || _notices.IsAnyPending;

    private bool PollMachine()
    {
        bool hasMore = _machine.Poll();
        if (!_machine.IsActive)
        {
            PromptAgain();
        }

        _input.Fill();
        return hasMore || (!_machine.IsActive && _input.Count > 0);
    }

    private void Edit()
    {
        for (int i = 0; i < BytesPerPoll && _mode == ShellMode.Editing && !_machine.IsActive && _input.TryTake(out byte value); i++)
        {
            if (value == MachineSession.StartByte)
            {
                _machine.Start();
                PromptAgain();
            }
            else if (_editor.Feed(value))
            {
                Execute(_editor.Line);
            }
        }
    }

    /// <summary>Prints notices, part by part, and the prompt behind the last one; true if the operator has the prompt.</summary>
    private bool TryShowPrompt()
    {
        if (_notices.IsAnyPending)
        {
            _terminal.EraseLine();
            _isPromptDrawn = false;
        }

        if (!_isPromptDrawn && _notices.TryFlush(_terminal))
        {
            _editor.Draw();
            _isPromptDrawn = true;
        }

        return _isPromptDrawn;
    }

    private void Execute(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = line.Trim((byte)' ');
        ReadOnlySpan<byte> word = Words.Take(ref rest);
        if (word.IsEmpty)
        {
            PromptAgain();
            return;
        }

        if (VerbTable.Find(_context.Verbs, word) is Verb verb)
        {
            _running = verb;
            Follow(verb.Run(_context, rest));
            return;
        }

        _terminal.Write(word);
        _terminal.WriteLine(": there is no such verb; \"help\" shows those there are"u8);
        PromptAgain();
    }

    private void Follow(VerbStatus status)
    {
        switch (status)
        {
            case VerbStatus.Done:
            case VerbStatus.Failed:
                PromptAgain();
                break;
            case VerbStatus.Running:
                _mode = ShellMode.Running;
                break;
            case VerbStatus.Attached:
                _mode = ShellMode.Attached;
                break;
        }
    }

    /// <summary>Ends a verb that goes on if Ctrl-C was typed; what was typed before it is forgotten.</summary>
    private bool TryCancel(Verb verb)
    {
        int ahead = verb.IsCancellable ? _input.IndexOf(CancelKey) : -1;
        if (ahead < 0)
        {
            return false;
        }

        _input.Drop(ahead + 1);
        _terminal.Write("^C\n"u8);
        verb.Cancel(_context);
        PromptAgain();
        return true;
    }

    private void PromptAgain()
    {
        _running = null;
        _mode = ShellMode.Editing;
        _isPromptDrawn = false;
        _terminal.BeginLine();
        _editor.Clear();
        if (_machine.IsActive)
        {
            return; // a program has no use for a prompt
        }

        _ = TryShowPrompt(); // if notices come first, the next polls show it
    }
}
