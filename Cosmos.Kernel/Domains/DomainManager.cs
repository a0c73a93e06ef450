using System;
using Multicosm.Domains.Board;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Owns the domains: creates, ends, restarts and forgets them. Everything here happens outside containment frames.</summary>
public sealed class DomainManager
{
    private readonly HostServices _host;
    private readonly ConfigurationDiagnostics _diagnostics = new();
    private readonly StateCapture _capture;
    private uint _lastId;
    private ulong _endedCount;

    /// <summary>A manager without domains: the arena must be open.</summary>
    public DomainManager(HostServices host)
    {
        _host = host;
        Domains = new DomainTable(host);
        Attachment = new VcpuAttachment(host.Backend);
        _capture = new StateCapture(host.Backend);
    }

    /// <summary>The slots.</summary>
    public DomainTable Domains { get; }

    /// <summary>Is told what becomes of domains.</summary>
    public DomainObserver? Observer { get; set; }

    /// <summary>Which vCPU the processor holds.</summary>
    internal VcpuAttachment Attachment { get; }

    /// <summary>
    /// Registers the domain of <paramref name="file"/>, its keys replaced by <paramref name="assignments"/> (blank-separated
    /// KEY=VALUE). What is odd is written to <paramref name="messages"/>, what is wrong is in the domain's Reason. Building starts
    /// when the scheduler runs.
    /// </summary>
    public CreateStatus Create(BootModule file, ReadOnlySpan<byte> assignments, TextOutput messages, out Domain? created)
    {
        if (!Domains.TryTake(out created))
        {
            return CreateStatus.NoSlot;
        }

        Domain domain = created!;
        domain.File = file;
        domain.Reason.Clear();
        if (!TryRead(domain, file, assignments, messages))
        {
            return CreateStatus.BadConfiguration;
        }

        if (IsNameTaken(domain))
        {
            return CreateStatus.NameTaken;
        }

        Register(domain);
        Build(domain);
        return CreateStatus.Success;
    }

    /// <summary>
    /// Registers a domain file of the ISO at boot: one that cannot be used stays in the list with its reason, which the observer is told.
    /// Its complaints go to <paramref name="messages"/>.
    /// </summary>
    public void CreateAtBoot(BootModule file, TextOutput messages)
    {
        CreateStatus status = Create(file, default, messages, out Domain? created);
        if (status == CreateStatus.Success || created is null)
        {
            return;
        }

        if (!created.Configuration.IsGiven(ConfigurationKey.Name))
        {
            _ = created.Configuration.Name.TrySet(Cut(ModuleCatalog.BaseName(file.Name))); // cut to fit
        }

        if (status == CreateStatus.NameTaken)
        {
            created.Reason.Write("another domain has its name"u8);
        }

        Register(created);
        _ = created.TryEnter(DomainState.Building); // legal from Free
        FailStart(created);
    }

    /// <summary>Ends a living domain without asking it, whatever its state; false if it is ending already. An ended one is forgotten.</summary>
    public bool Destroy(Domain domain)
    {
        if (domain.State == DomainState.Ended)
        {
            return domain.TryEnter(DomainState.Free);
        }

        if (domain.State == DomainState.Dying)
        {
            domain.RestartAfter = false;
            return false;
        }

        bool keepsReason = domain.State is DomainState.Crashed or DomainState.ShutDown;
        if (!keepsReason)
        {
            domain.Reason.Clear();
            domain.Reason.Write("destroyed"u8);
        }

        End(domain, restart: false);
        return true;
    }

    /// <summary>True while a domain runs, is being built or is going away.</summary>
    public bool IsAnyAlive()
    {
        bool alive = false;
        for (int i = 0; i < Domains.Count; i++)
        {
            alive |= Domains[i].IsAlive;
        }

        return alive;
    }

    /// <summary>Acts on how a run of a vCPU ended.</summary>
    internal void OnRunEnded(Domain domain, RunOutcome outcome)
    {
        switch (outcome)
        {
            case RunOutcome.Crashed:
                Crash(domain);
                break;
            case RunOutcome.Power:
                ShutDown(domain, domain.Board.Power.Request);
                break;
            case RunOutcome.Exhausted:
            case RunOutcome.Blocked:
                break;
        }
    }

    /// <summary>A fault of ours ended what was done for <paramref name="domain"/>.</summary>
    internal void OnContainedFault(Domain domain)
    {
        CrashRecord record = domain.Vcpu.Backend.Crash;
        FaultRecord fault = _host.Containment.LastFault;
        if (domain.State == DomainState.Dying)
        {
            // Its frames cannot be trusted any more: it keeps its slot, which is not used again, and the others run on.
            domain.Work = null;
            domain.RestartAfter = false;
            domain.Reason.Write("; a fault of the hypervisor's own kept its memory from being freed"u8);
            Observer?.OnEnded(domain);
            return;
        }

        if (domain.State == DomainState.Building)
        {
            domain.Reason.Clear();
            domain.Reason.Write("a fault of the hypervisor's own while it was built, "u8);
            CrashText.WriteFault(domain.Reason, in fault, _host.Containment);
            FailStart(domain);
            return;
        }

        record.Reset();
        record.Reason = CrashReason.DeviceFault;
        record.Fault = fault;
        _capture.Prepare(domain.Vcpu);
        _ = _host.Containment.TryRun(_capture); // without registers the report says less
        Crash(domain);
    }

    /// <summary>Acts on a finished piece of work of <paramref name="domain"/>.</summary>
    internal void OnWorkDone(Domain domain)
    {
        domain.Work = null;
        if (domain.State == DomainState.Dying)
        {
            OnGone(domain);
        }
        else if (domain.Build.HasFailed)
        {
            FailStart(domain);
        }
        else
        {
            domain.StartedTicks = _host.Clock.Now;
            _ = domain.TryEnter(DomainState.Running); // legal from Building
            Observer?.OnStarted(domain);
        }
    }

    private bool TryRead(Domain domain, BootModule file, ReadOnlySpan<byte> assignments, TextOutput messages)
    {
        DomainConfiguration into = domain.Configuration;
        ConfigurationStatus status = DomainConfigurationParser.Parse(file.Content, into, _diagnostics);
        ReadOnlySpan<byte> source = file.Name;
        while (status == ConfigurationStatus.Success && !assignments.IsEmpty)
        {
            int end = assignments.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? assignments : assignments[..end];
            assignments = end < 0 ? default : assignments[(end + 1)..];
            if (!word.IsEmpty)
            {
                source = word;
                status = DomainConfigurationParser.ParseAssignment(word, into, _diagnostics);
            }
        }

        if (status == ConfigurationStatus.Success)
        {
            source = file.Name;
            status = DomainConfigurationRules.Check(into, _diagnostics);
        }

        for (int i = 0; i < _diagnostics.NoteCount; i++)
        {
            ConfigurationMessages.DescribeNote(messages, file.Name, _diagnostics, i);
        }

        if (status != ConfigurationStatus.Success)
        {
            ConfigurationMessages.Describe(domain.Reason, source, _diagnostics);
            domain.Reason.TrimNewline();
        }

        return status == ConfigurationStatus.Success;
    }

    private bool IsNameTaken(Domain domain)
    {
        for (int i = 0; i < Domains.Count; i++)
        {
            Domain other = Domains[i];
            if (other != domain && other.IsAlive && other.Name.SequenceEqual(domain.Name))
            {
                return true;
            }
        }

        return false;
    }

    private void Register(Domain domain)
    {
        Domains.ForgetEnded(domain.Name, domain);
        domain.Generation++;
        domain.Id = ++_lastId;
        domain.CpuTicks = 0;
        domain.StartedTicks = 0;
        domain.NotBeforeTicks = 0;
        domain.RestartAfter = false;
        domain.CouldNotStart = false;
        domain.Damper.Reset();
        domain.Console.Reset();
        domain.Vcpu.Reset();
    }

    private static void Build(Domain domain)
    {
        _ = domain.TryEnter(DomainState.Building); // legal from Free and Dying
        domain.Reason.Clear();
        domain.Build.Begin();
        domain.Work = domain.Build;
    }

    private void FailStart(Domain domain)
    {
        domain.CouldNotStart = true;
        Observer?.OnStartFailed(domain);
        End(domain, restart: false);
    }

    private void Crash(Domain domain)
    {
        domain.Reason.Clear();
        domain.Reason.Write("crashed: "u8);
        domain.Reason.Write(CrashText.NameOf(domain.Vcpu.Backend.Crash.Reason));
        _ = domain.TryEnter(DomainState.Crashed); // legal from Running
        Observer?.OnCrashed(domain);
        Follow(domain, domain.Configuration.OnCrash);
    }

    private void ShutDown(Domain domain, PowerRequest request)
    {
        bool off = request == PowerRequest.PowerOff;
        domain.Reason.Clear();
        domain.Reason.Write(off ? "powered off"u8 : "rebooted"u8);
        _ = domain.TryEnter(DomainState.ShutDown); // legal from Running
        Follow(domain, off ? domain.Configuration.OnPoweroff : domain.Configuration.OnReboot);
    }

    private void Follow(Domain domain, DomainEndAction action)
    {
        switch (action)
        {
            case DomainEndAction.Preserve:
                Attachment.Release();
                Observer?.OnEnded(domain);
                break;
            case DomainEndAction.Destroy:
                End(domain, restart: false);
                break;
            case DomainEndAction.Restart:
                End(domain, Damp(domain));
                break;
        }
    }

    private bool Damp(Domain domain)
    {
        ulong now = _host.Clock.Now;
        ulong hertz = _host.Clock.TicksPerSecond;
        bool again = domain.Damper.TryRestart(now - domain.StartedTicks, hertz, out ulong delaySeconds);
        domain.NotBeforeTicks = delaySeconds == 0 ? 0 : now + (delaySeconds * hertz);
        if (!again)
        {
            domain.Reason.Write("; not restarted: it ended "u8);
            domain.Reason.WriteNumber(RestartDamper.MaximumQuickLives);
            domain.Reason.Write(" times in a row within "u8);
            domain.Reason.WriteNumber(RestartDamper.QuickLifeSeconds);
            domain.Reason.Write(" s of its start"u8);
        }

        return again;
    }

    private void End(Domain domain, bool restart)
    {
        Attachment.Release();
        domain.RestartAfter = restart;
        _ = domain.TryEnter(DomainState.Dying); // legal from every living state but Dying itself
        domain.Destroy.Begin();
        domain.Work = domain.Destroy;
    }

    private void OnGone(Domain domain)
    {
        domain.Timers.Reset();
        if (domain.RestartAfter)
        {
            domain.RestartAfter = false;
            domain.Id = ++_lastId;
            domain.CpuTicks = 0;
            domain.Console.DropInput();
            Observer?.OnRestarting(domain);
            Build(domain);
            return;
        }

        _ = domain.TryEnter(DomainState.Ended); // legal from Dying
        domain.EndedOrder = ++_endedCount;
        Observer?.OnEnded(domain);
        Domains.TrimEnded();
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name)
        => name[..Math.Min(name.Length, DomainConfiguration.MaximumName)];
}
