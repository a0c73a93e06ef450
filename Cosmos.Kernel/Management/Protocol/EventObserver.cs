using Multicosm.Domains;

namespace Multicosm.Management.Protocol;

/// <summary>Makes events of what becomes of domains while a machine is on the line; the log and the operator's notices are <paramref name="notices"/>' business.</summary>
public sealed class EventObserver(Notices notices, EventBuffer events) : DomainObserver
{
    private readonly DomainState[] _last = new DomainState[DomainTable.Capacity];

    /// <summary>True while a machine is on the line.</summary>
    public bool IsActive { get; set; }

    /// <inheritdoc/>
    public override void OnStateChanged(Domain domain)
    {
        notices.OnStateChanged(domain);
        DomainState before = _last[domain.Slot];
        _last[domain.Slot] = domain.State;
        if (!IsActive || domain.State == DomainState.Free)
        {
            return; // that an ended domain is forgotten is told nobody, whoever does it
        }

        // What is built in a slot after an end is another domain.
        bool isNew = before == DomainState.Ended;
        JsonWriter writer = events.Begin("state"u8);
        WriteName(writer, domain);
        writer.Member("old"u8, DomainLifecycle.NameOf(isNew ? DomainState.Free : before));
        writer.Member("new"u8, DomainLifecycle.NameOf(domain.State));
        writer.Member("reason"u8, domain.Reason.Text);
        events.End();
    }

    /// <inheritdoc/>
    public override void OnStarted(Domain domain) => notices.OnStarted(domain);

    /// <inheritdoc/>
    public override void OnStartFailed(Domain domain) => notices.OnStartFailed(domain);

    /// <inheritdoc/>
    public override void OnCrashed(Domain domain)
    {
        notices.OnCrashed(domain);
        if (IsActive)
        {
            JsonWriter writer = events.Begin("crash"u8);
            WriteName(writer, domain);
            writer.Member("text"u8, notices.LastReport);
            events.End();
        }
    }

    /// <inheritdoc/>
    public override void OnRestarting(Domain domain) => notices.OnRestarting(domain);

    /// <inheritdoc/>
    public override void OnEnded(Domain domain) => notices.OnEnded(domain);

    private static void WriteName(JsonWriter writer, Domain domain)
    {
        writer.Member("domain"u8, domain.Name);
        writer.Member("id"u8, domain.Id);
    }
}
