using System;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Owns the domains: creates, ends and forgets them for the operator. Everything here happens outside containment frames.</summary>
public sealed class DomainManager
{
    private readonly DomainFileReader _reader = new();

    /// <summary>A manager without domains: the arena must be open.</summary>
    public DomainManager(HostServices host)
    {
        Domains = new DomainTable(host);
        Life = new DomainLife(host, Domains);
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
        DomainLife.Build(domain);
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
        _ = created.TryEnter(DomainState.Building); // legal from Free
        Life.FailStart(created);
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

        Life.End(domain, restart: false);
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
