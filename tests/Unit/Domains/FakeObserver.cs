using System.Collections.Generic;
using System.Text;
using Multicosm.Domains;

namespace Multicosm.Unit.Domains;

/// <summary>Writes down what it is told.</summary>
internal sealed class FakeObserver : DomainObserver
{
    public List<string> Events { get; } = [];

    public override void OnStarted(Domain domain) => Note("started", domain);

    public override void OnStartFailed(Domain domain) => Note("failed", domain);

    public override void OnCrashed(Domain domain) => Note("crashed", domain);

    public override void OnRestarting(Domain domain) => Note("restarting", domain);

    public override void OnEnded(Domain domain) => Note("ended", domain);

    private void Note(string what, Domain domain)
        => Events.Add(what + " " + Encoding.UTF8.GetString(domain.Name) + (domain.Reason.IsEmpty ? "" : ": " + Encoding.UTF8.GetString(domain.Reason.Text)));
}

internal sealed class NoHostWork : HostWork
{
    public int Polls { get; private set; }

    public bool IsIdle { get; set; }

    public override bool HasWork => !IsIdle;

    public override bool Poll()
    {
        Polls++;
        return false;
    }
}
