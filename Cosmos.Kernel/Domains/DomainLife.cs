using System.Runtime.CompilerServices;
using Multicosm.Domains.Board;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>What becomes of a domain that is registered: it is built, runs, ends, is built again. Everything here happens outside containment frames.</summary>
internal sealed class DomainLife
{
    private readonly HostServices _host;
    private readonly DomainTable _domains;
    private uint _lastId;
    private ulong _endedCount;

    /// <summary>The arena must be open.</summary>
    public DomainLife(HostServices host, DomainTable domains)
    {
        _host = host;
        _domains = domains;
        Attachment = new VcpuAttachment();
        Inspector = new Inspector(host, Attachment);
    }

    /// <summary>Is told what becomes of domains.</summary>
    public DomainObserver? Observer { get; set; }

    /// <summary>Which vCPU the processor holds.</summary>
    public VcpuAttachment Attachment { get; }

    /// <summary>Looks at domains that stand still.</summary>
    public Inspector Inspector { get; }

    /// <summary>Gives a domain its number and a clean slot; ended ones with its name are forgotten.</summary>
    public void Register(Domain domain)
    {
        _domains.ForgetEnded(domain.Name, domain);
        domain.Generation++;
        domain.Id = ++_lastId;
        StartTimes(domain);
        domain.NotBeforeTicks = 0;
        domain.StartsPaused = false;
        domain.RestartAfter = false;
        domain.CouldNotStart = false;
        domain.Damper.Reset();
        domain.Console.Reset();
        domain.Crash.Reset();
        domain.Vcpu.Reset();
    }

    /// <summary>Takes a legal step and tells the observer; false if the step is not legal.</summary>
    public bool TryEnter(Domain domain, DomainState next)
    {
        if (!domain.TryEnter(next))
        {
            return false;
        }

        Observer?.OnStateChanged(domain);
        return true;
    }

    /// <summary>Lets the scheduler build a free or gone domain.</summary>
    public void Build(Domain domain)
    {
        domain.RebootAskedUntil = 0;
        _ = TryEnter(domain, DomainState.Building); // legal from Free and Dying
        domain.Reason.Clear();
        domain.Build.Begin();
        domain.Work = domain.Build;
    }

    /// <summary>A domain in state building cannot start, for its Reason.</summary>
    public void FailStart(Domain domain)
    {
        domain.CouldNotStart = true;
        Observer?.OnStartFailed(domain);
        End(domain, restart: false);
    }

    /// <summary>Lets the scheduler take a living domain apart, to build it again afterwards if <paramref name="restart"/>.</summary>
    public void End(Domain domain, bool restart)
    {
        Attachment.Release();
        domain.RestartAfter = restart;
        _ = TryEnter(domain, DomainState.Dying); // legal from every living state but Dying itself
        domain.Destroy.Begin();
        domain.Work = domain.Destroy;
    }

    /// <summary>Acts on how a run of a vCPU ended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnRunEnded(Domain domain, RunOutcome outcome)
    {
        if (domain.Vcpu.Msrs.Unknown.HasNew)
        {
            LogUnknown(domain, domain.Vcpu.Msrs.Unknown);
        }

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

    private void LogUnknown(Domain domain, UnknownMsrs unknown)
    {
        while (unknown.TryTake(out uint index))
        {
            HostLog log = _host.Log.At(LogLevel.Debug);
            log.Write("domain "u8);
            log.Write(domain.Name);
            log.Write(": unknown MSR 0x"u8);
            log.WriteHex(index, 8);
            log.WriteLine(unknown.AreIgnored ? " reads 0 and takes writes (msr_relaxed)"u8 : ": #GP for the guest; msr_relaxed = 1 would make it 0"u8);
        }
    }

    /// <summary>A fault of ours ended what was done for <paramref name="domain"/>.</summary>
    public void OnContainedFault(Domain domain)
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
        Crash(domain);
    }

    /// <summary>Acts on a finished piece of work of <paramref name="domain"/>.</summary>
    public void OnWorkDone(Domain domain)
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
            _ = TryEnter(domain, domain.StartsPaused ? DomainState.Paused : DomainState.Running); // legal from Building
            domain.StartsPaused = false;
            Observer?.OnStarted(domain);
        }
    }

    private void Crash(Domain domain)
    {
        _ = Inspector.TryTake(domain, domain.Crash); // without what the guest's side shows the report says less
        domain.Reason.Clear();
        domain.Reason.Write("crashed: "u8);
        domain.Reason.Write(CrashText.NameOf(domain.Vcpu.Backend.Crash.Reason));
        _ = TryEnter(domain, DomainState.Crashed); // legal from Running
        Observer?.OnCrashed(domain);
        Follow(domain, domain.Configuration.OnCrash);
    }

    private void ShutDown(Domain domain, PowerRequest request)
    {
        bool off = request == PowerRequest.PowerOff && _host.Clock.Now >= domain.RebootAskedUntil;
        domain.Reason.Clear();
        if (off && domain.Board.Power.ExitValue is uint value)
        {
            WriteExit(domain.Reason, value);
        }
        else
        {
            domain.Reason.Write(off ? "powered off"u8 : "rebooted"u8);
        }
        _ = TryEnter(domain, DomainState.ShutDown); // legal from Running
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

    private void OnGone(Domain domain)
    {
        domain.Timers.Reset();
        if (domain.RestartAfter)
        {
            domain.RestartAfter = false;
            domain.Id = ++_lastId;
            StartTimes(domain);
            domain.Console.DropInput();
            Observer?.OnRestarting(domain);
            Build(domain);
            return;
        }

        domain.EndedOrder = ++_endedCount;
        _ = TryEnter(domain, DomainState.Ended); // legal from Dying
        Observer?.OnEnded(domain);
    }

    private void StartTimes(Domain domain)
    {
        domain.CreatedTicks = _host.Clock.Now;
        domain.StartedTicks = 0;
        domain.Scheduling.Reset(domain.CreatedTicks);
    }

    // The exit code is what a process has that runs a virtual machine with such a port.
    private static void WriteExit(TextBuffer reason, uint value)
    {
        reason.Write("debug exit "u8);
        reason.WriteNumber(value);
        reason.Write(" (exit code "u8);
        reason.WriteNumber(((value << 1) | 1) & 0xFF);
        reason.Write(")"u8);
    }
}
