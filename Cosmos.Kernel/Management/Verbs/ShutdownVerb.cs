using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>shutdown [-w] [-a|NAME]</c>: asks domains to switch themselves off.</summary>
/// <source>xl(1) "shutdown"</source>
public sealed class ShutdownVerb : Verb
{
    private readonly PowerRequests _requests = new();

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "shutdown"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[-w] -a|NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "ask a domain, or all with -a, to switch itself off"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          Presses the ACPI power button; a guest that listens to it shuts down, and
          on_poweroff says what becomes of the domain.
          -a  all domains that run.
          -w  wait until they are off, and say which crashed or came up again instead;
              Ctrl-C ends the waiting.
          -F  accepted as xl has it: the power button is pressed in any case.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "shutdown -w debian"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "awF"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        _requests.Clear();
        if (!TryParse(context, arguments, 0, 1, "one domain, or -a"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        bool isAll = parsed.Has((byte)'a');
        if (isAll == (parsed.Count == 1))
        {
            return Refuse(context, "it takes one domain, or -a"u8);
        }

        VerbStatus status = isAll ? PressAll(context) : Press(context, parsed[0]);
        return status == VerbStatus.Done && parsed.Has((byte)'w') ? Continue(context) : status;
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
        => _requests.IsAnyUp(context.Manager.Domains) ? VerbStatus.Running : Judge(context);

    // They have gone, each in its own way: one that crashed, or is up again, did not do what it was asked.
    private VerbStatus Judge(ShellContext context)
    {
        DomainTable domains = context.Manager.Domains;
        VerbStatus status = VerbStatus.Done;
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[i];
            if (_requests.HasCrashed(domain))
            {
                status = VerbStatus.Failed;
                BeginRefusal(context, domain);
                context.Terminal.Write(" crashed instead: "u8);
                context.Terminal.Write(CrashText.NameOf(domain.Crash.Reason));
                context.Terminal.WriteLine("; \"crash\" shows more"u8);
            }
            else if (_requests.IsRestarted(domain))
            {
                status = VerbStatus.Failed;
                BeginRefusal(context, domain);
                context.Terminal.WriteLine(" was off and is started again; see its on_poweroff, on_reboot and on_crash (\"info NAME\")"u8);
            }
        }

        return status;
    }

    private VerbStatus Press(ShellContext context, ReadOnlySpan<byte> word)
    {
        if (!context.TryFindDomain(Name, word, out Domain? domain))
        {
            return VerbStatus.Failed;
        }

        switch (context.Manager.Shutdown(domain!))
        {
            case DomainActionStatus.Success:
                _requests.Add(domain!);
                return Tell(context, domain!, "is asked to shut down"u8);
            case DomainActionStatus.NobodyListens:
                return PowerRequests.RefuseDeaf(context, Name, domain!);
            default:
                return RefuseState(context, domain!, "only one that runs or is blocked can be asked; destroy ends it"u8);
        }
    }

    // Those that do not run are left out; one that does not listen is said, and the others are asked.
    private VerbStatus PressAll(ShellContext context)
    {
        DomainTable domains = context.Manager.Domains;
        VerbStatus status = VerbStatus.Done;
        for (int i = 0; i < domains.Count; i++)
        {
            Domain domain = domains[i];
            DomainActionStatus pressed = domain.IsAlive ? context.Manager.Shutdown(domain) : DomainActionStatus.WrongState;
            if (pressed == DomainActionStatus.Success)
            {
                _requests.Add(domain);
            }
            else if (pressed == DomainActionStatus.NobodyListens)
            {
                status = PowerRequests.RefuseDeaf(context, Name, domain);
            }
        }

        context.Terminal.WriteNumber((ulong)_requests.Count);
        context.Terminal.WriteLine(_requests.Count == 1 ? " domain is asked to shut down"u8 : " domains are asked to shut down"u8);
        return status;
    }
}
