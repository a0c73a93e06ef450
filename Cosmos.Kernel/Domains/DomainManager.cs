using System;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Inspection;
using Multicosm.Domains.Scheduling;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Owns the domains: creates, ends and forgets them for the operator. Everything here happens outside containment frames.</summary>
public sealed class DomainManager
{
    private readonly DomainFileReader _reader = new();
    private readonly DomainActions _actions;
    private readonly MonotonicClock _clock;

    /// <summary>A manager without domains: the arena must be open.</summary>
    public DomainManager(HostServices host)
    {
        _clock = host.Clock;
        Domains = new DomainTable(host);
        Life = new DomainLife(host, Domains);
        _actions = new DomainActions(Domains, Life, host.Clock);
    }

    /// <summary>The slots.</summary>
    public DomainTable Domains { get; }

    /// <summary>Is told what becomes of domains.</summary>
    public DomainObserver? Observer
    {
        get => Life.Observer;
        set => Life.Observer = value;
    }

    /// <summary>Looks at domains that stand still.</summary>
    public Inspector Inspector => Life.Inspector;

    /// <summary>What the CPU's time went into.</summary>
    public CpuTime CpuTime { get; } = new();

    /// <summary>What becomes of the domains.</summary>
    internal DomainLife Life { get; }

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
        if (!_reader.TryRead(domain, file, assignments, messages))
        {
            return CreateStatus.BadConfiguration;
        }

        if (IsNameTaken(domain))
        {
            return CreateStatus.NameTaken;
        }

        Life.Register(domain);
        _ = domain.Scheduling.TrySet(domain.Configuration.CpuWeight, domain.Configuration.CapPercent, _clock.Now); // the parser checked both
        Life.Build(domain);
        return CreateStatus.Success;
    }

    /// <summary>
    /// Registers a domain file of the ISO at boot: one that cannot be used stays in the list with its reason, which the observer is told.
    /// Its complaints go to <paramref name="messages"/>, and also that there was no slot for it.
    /// </summary>
    public void CreateAtBoot(BootModule file, TextOutput messages)
    {
        CreateStatus status = Create(file, default, messages, out Domain? created);
        if (status == CreateStatus.Success)
        {
            return;
        }

        if (created is null)
        {
            // Without a slot there is no row in the list either: this line is all that is ever said of it.
            messages.Write("domain "u8);
            messages.Write(file.Name);
            messages.WriteLine(": no room for another domain"u8);
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

        Life.Register(created);
        _ = Life.TryEnter(created, DomainState.Building); // legal from Free
        Life.FailStart(created);
    }

    /// <summary>Ends a living domain without asking it, whatever its state; false if it is ending already. An ended one is forgotten.</summary>
    public bool Destroy(Domain domain)
    {
        if (domain.State == DomainState.Ended)
        {
            return Life.TryEnter(domain, DomainState.Free);
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

        Life.End(domain, restart: false);
        return true;
    }

    /// <summary>Holds a domain; one that is being built is held when it is. Success or WrongState.</summary>
    public DomainActionStatus Pause(Domain domain) => _actions.Pause(domain);

    /// <summary>Lets a held domain go on. Success or WrongState.</summary>
    public DomainActionStatus Unpause(Domain domain) => _actions.Unpause(domain);

    /// <summary>Presses the domain's power button. Success, NobodyListens or WrongState.</summary>
    public DomainActionStatus Shutdown(Domain domain) => _actions.ShutDown(domain, restarts: false);

    /// <summary>Presses the domain's power button; when it switches itself off then, <c>on_reboot</c> says what follows. Success, NobodyListens or WrongState.</summary>
    public DomainActionStatus Reboot(Domain domain) => _actions.ShutDown(domain, restarts: true);

    /// <summary>Does something to the domain's board from outside. Success, NobodyListens (power) or WrongState.</summary>
    public DomainActionStatus Trigger(Domain domain, DomainTrigger trigger) => _actions.Trigger(domain, trigger);

    /// <summary>Gives a living domain another name. Success, InvalidName, NameTaken or WrongState.</summary>
    public DomainActionStatus Rename(Domain domain, ReadOnlySpan<byte> name) => _actions.Rename(domain, name);

    /// <summary>Sets a living domain's weight (1..65535) and cap (percent of one CPU, 0 for none). Success, InvalidValue or WrongState.</summary>
    public DomainActionStatus SetScheduling(Domain domain, uint weight, uint capPercent) => _actions.SetScheduling(domain, weight, capPercent);

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

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name)
        => name[..Math.Min(name.Length, DomainConfiguration.MaximumName)];
}
